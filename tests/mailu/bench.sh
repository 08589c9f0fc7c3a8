#!/bin/sh
# The figures that need a MailU: its tests tell them on the way. usage: bench.sh FOLDER-OF-PROGRAMS
set -eu
cd "$(dirname "$0")/../.."
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for part in a_hundred_thousand a_campaign_goes_out; do
	tests/mailu/run.sh "$1" "$part" >"$out" 2>&1 || { cat "$out" >&2; exit 1; }
	grep '^{"bench":' "$out"
done
