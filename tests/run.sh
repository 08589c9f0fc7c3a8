#!/bin/sh
# Runs test programs one after another and adds up their "N passed, N failed" lines.
# usage: run.sh PROGRAM…; RESULTS=FILE also appends the counts there, for all.sh
set -u
passed=0 failed=0
for program in "$@"; do
	out=$(mktemp)
	"$program" >"$out" 2>&1
	code=$?
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$out" | tail -n 1)
	p=${line%% passed*} rest=${line##*, } f=${rest%% failed*}
	if [ -z "$line" ]; then
		p=0 f=1
	elif [ "$code" -ne 0 ] && [ "$f" -eq 0 ]; then
		f=1
	fi
	if [ "$f" -ne 0 ] || [ -n "${VERBOSE:-}" ]; then
		cat "$out"
	fi
	echo "$(basename "$program"): $p passed, $f failed (exit $code)"
	passed=$((passed + p)) failed=$((failed + f))
	rm -f "$out"
done
[ -n "${RESULTS:-}" ] && echo "$passed $failed" >>"$RESULTS"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
