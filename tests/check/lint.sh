#!/bin/sh
# cppcheck, clang-tidy and shellcheck find nothing.
set -eu
failed=0
packages="libmicrohttpd libmosquitto sqlite3 libpq libcurl openssl libsodium libsystemd libcjson libidn2 libcares gmime-3.0"
mkdir -p build/lint

git ls-files '*.sh' .ci/run | xargs shellcheck || failed=1

git ls-files 'shared/*.c' 'hub/*.c' 'agent/*.c' 'tests/*.c' >build/lint/list
cppcheck -q -j 2 --std=c11 --language=c --error-exitcode=1 --inline-suppr \
	--enable=warning,performance,portability \
	--suppressions-list=tests/check/cppcheck.list \
	-D_GNU_SOURCE -D__x86_64__ '-DVERSION="0"' -Ishared -Ihub -Iagent -Itests \
	--file-list=build/lint/list || failed=1

# tidy TREE [FOLDER…]: the files of a tree see the folders they see when they are compiled.
tidy() {
	tree=$1 place=build/lint/$1
	shift
	mkdir -p "$place"
	{
		printf '%s\n' -std=gnu11 -D_GNU_SOURCE '-DVERSION="0"' -include "$PWD/shared/base/banned.h"
		# shellcheck disable=SC2046,SC2086 # flags and packages are words
		printf '%s\n' $(pkg-config --cflags $packages)
		for folder in shared "$@"; do
			echo "-I$PWD/$folder"
		done
	} >"$place/compile_flags.txt"
	git ls-files "$tree/*.c" | xargs -r -P 2 -n 8 clang-tidy-14 --quiet -p "$place" 2>"$place/log" || failed=1
}
tidy shared
tidy hub hub build/debug/gen
tidy agent agent
tidy tests/unit/shared tests
tidy tests/unit/hub tests hub tests/unit/hub
tidy tests/unit/agent tests agent tests/unit/agent
tidy tests/sink tests
tidy tests/world tests
exit $failed
