#!/bin/sh
# Runs each fuzz target for FUZZ_SECONDS (10), two at a time, from its corpus where it has one
# (tests/fuzz/TREE/STEM_corpus). A crashing input stays in build/fuzz/found.
# usage: run.sh PROGRAM…
set -u
seconds=${FUZZ_SECONDS:-10}
found=build/fuzz/found
mkdir -p "$found" build/fuzz/corpus

run_one() {
	program=$1
	tree=$(basename "$(dirname "$program")")
	stem=$(basename "$program")
	seeds=tests/fuzz/${tree#fuzz-}/${stem}_corpus
	grown=build/fuzz/corpus/${tree#fuzz-}-$stem
	log=build/fuzz/$stem.log
	mkdir -p "$grown"
	# Some targets do nothing with an input that is empty, or shorter than its first letter says;
	# that would end the search at once.
	[ -e "$grown/first" ] || printf '0 first %090d\n' 0 >"$grown/first"
	[ -d "$seeds" ] || seeds=
	if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
		-print_final_stats=1 -artifact_prefix="$found/$stem-" "$grown" ${seeds:+"$seeds"} \
		>"$log" 2>&1; then
		echo "fuzz ${tree#fuzz-}/$stem: $(sed -n 's/stat::number_of_executed_units: *//p' "$log") inputs"
		return 0
	fi
	tail -n 40 "$log"
	echo "fuzz ${tree#fuzz-}/$stem: FAILED"
	return 1
}

passed=0 failed=0
count() {
	if wait "$1"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
}

while [ $# -gt 0 ]; do
	run_one "$1" &
	first=$!
	shift
	if [ $# -gt 0 ]; then
		run_one "$1" &
		second=$!
		shift
		count "$second"
	fi
	count "$first"
done
[ -n "${RESULTS:-}" ] && echo "$passed $failed" >>"$RESULTS"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
