#!/bin/sh
# clang-format finds nothing to change. FILES, where given, are checked instead of all.
set -eu
if [ $# -gt 0 ]; then
	printf '%s\n' "$@"
else
	git ls-files '*.c' '*.h'
fi | xargs -P 2 -n 12 clang-format-14 --dry-run -Werror
