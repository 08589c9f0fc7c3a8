#!/bin/sh
# Browser tests: node's own runner over playwright-core and Debian's Chromium. Pictures of all
# pages are left in build/browser where PICTURES is set. The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")" || exit 1
if [ -z "$(find node_modules/.package-lock.json -newer package-lock.json 2>/dev/null)" ]; then
	npm ci --silent --no-audit --no-fund || { echo "0 passed, 1 failed"; exit 1; }
fi
[ $# -gt 0 ] || set -- *.test.mjs
out=$(mktemp)
node --test --test-reporter=spec --test-concurrency="${JOBS:-3}" "$@" >"$out" 2>&1
code=$?
passed=$(sed -n 's/^ℹ pass //p' "$out" | tail -n 1)
failed=$(sed -n 's/^ℹ fail //p' "$out" | tail -n 1)
cancelled=$(sed -n 's/^ℹ cancelled //p' "$out" | tail -n 1)
failed=$((${failed:-1} + ${cancelled:-0}))
if [ "$code" -ne 0 ] || [ -n "${VERBOSE:-}" ]; then
	cat "$out"
fi
[ "$code" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
rm -f "$out"
echo "${passed:-0} passed, $failed failed"
[ "$failed" -eq 0 ]
