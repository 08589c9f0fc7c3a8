#!/bin/sh
# Sizes of functions and files (sizes.awk), templates and scripts included.
set -eu
git ls-files '*.c' '*.h' '*.sh' '*.js' '*.mjs' '*.tmpl' | grep -v package-lock |
	xargs awk -f tests/check/sizes.awk
