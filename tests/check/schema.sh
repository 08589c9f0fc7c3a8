#!/bin/sh
# No two migrations have the same number: the second would never run.
set -eu
for folder in hub/schema agent/schema; do
	twice=$(git ls-files "$folder/*.sql" | sed 's:.*/::; s/-.*//' | sort | uniq -d)
	[ -z "$twice" ] && continue
	echo "schema: $folder has two migrations of number $twice"
	exit 1
done
