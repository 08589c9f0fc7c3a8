#!/bin/sh
# Include arrows: who may look at whom (layers.awk).
set -eu
git ls-files 'shared/*.[ch]' 'hub/*.[ch]' 'hub/*.tmpl' 'agent/*.[ch]' |
	xargs awk -f tests/check/layers.awk
