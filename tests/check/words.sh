#!/bin/sh
# The catalogues know every word of the templates and the code, and no other.
set -eu
if [ -x hub/assets/words/update.sh ]; then
	hub/assets/words/update.sh --check
fi
