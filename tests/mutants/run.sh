#!/bin/sh
# Breaks the program on purpose, one place at a time, and shows that a test falls each time.
# usage: run.sh LIST; a list has, per mutant, the lines
#   @ FILE TEST-FILE…    what is broken, and which tests of unit-shared must notice
#   - TEXT               of one line, found exactly once in FILE
#   + TEXT               what stands there instead
set -eu
list=$1
copy=build/mutants
objects=build/debug

make -s $objects/unit-shared
rm -rf "$copy"
mkdir -p "$copy/$objects"
git ls-files -co --exclude-standard shared tests hub agent Makefile VERSION image | tar -cf - -T - | tar -xf - -C "$copy"
tar -cf - build/tool $objects/shared $objects/tests $objects/gen $objects/flags $objects/unit-shared |
	tar -xf - -C "$copy"

mutate() { # FILE FROM TO
	python3 - "$copy/$1" "$2" "$3" <<'END'
import sys
path, old, new = sys.argv[1:]
text = open(path).read()
if text.count(old) != 1:
    sys.exit(f"{path}: «{old}» stands there {text.count(old)} times")
open(path, "w").write(text.replace(old, new))
END
}

falls() { # TEST-FILE…
	for t in "$@"; do
		# shellcheck disable=SC2013 # names are words
		for name in $(sed -n 's/^TEST(\(.*\))$/\1/p' "tests/unit/shared/$t"); do
			timeout 120 "$copy/$objects/unit-shared" "$name" >/dev/null 2>&1 || {
				echo "    $name"
				return 0
			}
		done
	done
	return 1
}

try() { # FILE FROM TO TEST-FILE…
	file=$1 from=$2 to=$3
	shift 3
	mutate "$file" "$from" "$to" || return 1
	echo "$file: $from -> $to"
	result=0
	if ! make -s -C "$copy" $objects/unit-shared >build/mutants.log 2>&1; then
		cat build/mutants.log
		result=1
	elif ! falls "$@"; then
		result=1
	fi
	cp -p "$file" "$copy/$file"
	touch "$copy/$file"
	return $result
}

noticed=0 missed=0 file="" tests="" from=""
while IFS= read -r line <&3; do
	case $line in
	"@ "*)
		file=${line#@ }
		tests=${file#* }
		file=${file%% *}
		;;
	"- "*) from=${line#- } ;;
	"+ "*)
		# shellcheck disable=SC2086
		if try "$file" "$from" "${line#+ }" $tests; then
			noticed=$((noticed + 1))
		else
			echo "    NOT NOTICED"
			missed=$((missed + 1))
		fi
		;;
	esac
done 3<"$list"
echo "$noticed mutants noticed, $missed missed"
[ "$missed" -eq 0 ]
