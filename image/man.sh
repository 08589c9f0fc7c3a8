#!/bin/sh
# Writes the manual pages from what the programs say of themselves.
# usage: man.sh BUILD-FOLDER OUT-FOLDER
set -eu
build=$1 out=$2
mkdir -p "$out"
# The day of the last change to what the pages are made from.
day=$(git log -1 --format=%cs -- hub/config.c hub/commands.c agent/config.c agent/commands.c 2>/dev/null) || day=
[ -n "$day" ] || day=$(date -u +%Y-%m-%d)
for program in hub agent; do
	"$build/penguin-$program" --manual | sed "s/[\$]Mdocdate[\$]/$day/" >"$out/penguin-$program.8"
	"$build/penguin-$program" --config-manual | sed "s/[\$]Mdocdate[\$]/$day/" \
		>"$out/penguin-$program.conf.5"
done
