#!/bin/sh
# Every bench in tiny sizes, so that none of them rots: each tells what it should, and what it tells
# is one JSON object to a line. Says nothing about speed. usage: smoke.sh BENCH-PROGRAM
set -u
out=$("$1" --smoke) || exit 1
failed=0
for name in events dispatch render http import write_p99_ms event_cost_growth agent_rssanon_kib \
	hub_rssanon_kib hub_2000_rssanon_kib; do
	if ! echo "$out" | grep -qE "^\{\"bench\":\"$name\",\"value\":[0-9.]+,\"unit\":\"[A-Za-z/]+\",\"limit\":(null|[0-9.]+),\"ratio\":(null|[0-9.]+)\}$"; then
		echo "bench tells nothing of $name"
		failed=$((failed + 1))
	fi
done
echo "$out"
echo "$((10 - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
