#!/bin/sh
# Nobody crosses tenants who is not listed in tests/system-scopes with a reason.
set -eu
found=$(git ls-files 'hub/*.c' 'agent/*.c' 'shared/*.c' | grep -v '^shared/base/scope.c$' |
	xargs grep -c 'scope_system(&*[a-z]*)' | grep -v ':0$' | tr ':' ' ' | sort)
listed=$(grep -v '^#' tests/system-scopes | awk 'NF > 2 { print $1, $2 }' | sort)
if [ "$found" != "$listed" ]; then
	echo "tests/system-scopes disagrees with the code (< code, > list):"
	printf '%s\n' "$found" >build/scopes.found
	printf '%s\n' "$listed" | diff build/scopes.found - || true
	exit 1
fi
