#!/bin/bash
# Shows that each fence is held by a test: for every line of tests/fences/list (or for those
# named), the fence is taken out of a copy of the sources, the copy is built, and the test must fail.
# usage: run.sh [NAME…]; ends with "N passed, N failed"
set -u
cd "$(dirname "$0")/../.." || exit 1
tree=$PWD/build/fences/tree out=$PWD/build/fences
passed=0 failed=0
make=${MAKE:-make}
unset MAKEFLAGS MAKELEVEL MFLAGS

# A copy with the same times, so that only what is changed is built again; what make fetches is
# taken along.
copy() {
	mkdir -p "$tree/build"
	git ls-files -z | cpio -0pdmu --quiet "$tree"
	cp -a build/assets build/tool build/en-XA.po "$tree/build/" 2>/dev/null
}

build() { # PROGRAM
	local targets="build/debug/$1"
	[ "$1" = flow ] && targets="all build/debug/flow build/debug/sink"
	# shellcheck disable=SC2086
	"$make" -s -j2 -C "$tree" $targets
}

run() { # PROGRAM DATABASE TEST
	local program=$tree/build/debug/$1
	if [ "$1" != flow ] && [ "$2" = postgres ]; then
		printf '#!/bin/sh\nexec "%s" "%s"\n' "$program" "$3" >"$out/one.sh"
		chmod +x "$out/one.sh"
		(cd "$tree" && VERBOSE=1 tests/postgres.sh "$out/one.sh")
	else
		(cd "$tree" && DB=$2 "$program" "$3")
	fi
}

# A test that is not there passes over nothing.
ran() { # LOG
	grep -qE '^[1-9][0-9]* passed, 0 failed$' "$1"
}

say() { # STATE NAME WORDS
	printf '%-8s %-18s %s\n' "$@"
}

# The same test passes with the fence in its place; asked once.
sound() { # PROGRAM DATABASE TEST
	local mark=$out/sound-$1-$2-$3
	[ -e "$mark" ] && return 0
	build "$1" >"$out/build.log" 2>&1 || return 1
	run "$@" >"$out/sound.log" 2>&1 && ran "$out/sound.log" && touch "$mark"
}

try() { # NAME FILE PROGRAM DATABASE TEST
	local began
	began=$(date +%s)
	if ! sound "$3" "$4" "$5"; then
		say broken "$1" "$5 does not pass as things are"
		return 1
	fi
	cat "$tree/$2" >"$out/whole"
	sed -z -E -f "tests/fences/$1.sed" "$out/whole" >"$tree/$2"
	if cmp -s "$out/whole" "$tree/$2"; then
		say missing "$1" "nothing in $2 is what $1.sed takes out"
		return 1
	fi
	if ! build "$3" >"$out/$1.build" 2>&1; then
		say unbuilt "$1" "see build/fences/$1.build"
		return 1
	fi
	if run "$3" "$4" "$5" >"$out/$1.log" 2>&1 && ran "$out/$1.log"; then
		say ESCAPED "$1" "$5 passes without it"
		return 1
	fi
	say caught "$1" "$5 ($(($(date +%s) - began)) s)"
}

rm -f "$out"/sound-*
copy
while IFS='|' read -r name file program database test; do
	case $name in '' | '#'*) continue ;; esac
	if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then
		continue
	fi
	rm -f "$out/whole"
	if try "$name" "$file" "$program" "$database" "$test"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
	# The time is new, so that make sees that it is whole again.
	[ -e "$out/whole" ] && cat "$out/whole" >"$tree/$file"
done <tests/fences/list
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
