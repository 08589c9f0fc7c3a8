#!/bin/bash
# make test: everything, in lanes: one builds, lints and fuzzes, and each variant's tests begin
# when it is built. What waits for servers costs little beside what computes; its limits of time are
# limits of patience, so that a busy machine fails no test. Each stage's output lies in
# build/test/STAGE.log; what fails is shown. Ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1
out=build/test
rm -rf "$out"
mkdir -p "$out"
start=$(date +%s)
make=${MAKE:-make}
unset MAKEFLAGS MAKELEVEL MFLAGS

# Halts at the first report, so that a test cannot pass over one. Freed memory is kept from use for
# 32 MB of others: with 256, most of it was new to the machine each time.
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:quarantine_size_mb=32:malloc_context_size=16
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=exitcode=66:suppressions=$PWD/tests/tsan.supp

# Runs a stage and notes its counts; one without a line of counts is one test. Its seconds of
# processor time are of what it waited for: a server that left it is missing there.
stage() {
	local name=$1 log=$out/$1.log began passed failed line code
	shift
	began=$(date +%s)
	times >"$log.times"
	"$@" >"$log" 2>&1
	code=$?
	times >>"$log.times"
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
	passed=${line%% passed*} failed=${line##*, } failed=${failed%% failed*}
	if [ -z "$line" ]; then
		passed=1 failed=0
		[ "$code" -ne 0 ] && passed=0
	fi
	if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then
		failed=1
	fi
	echo "$passed $failed" >>"$out/counts"
	printf '%-16s %5d passed, %d failed  %4d s, of processors %4d s\n' "$name" "$passed" \
		"$failed" "$(($(date +%s) - began))" "$(awk -F '[ms ]+' \
			'{ all = 60 * ($1 + $3) + $2 + $4 } NR == 2 { before = all }
			END { printf "%d", all - before }' "$log.times")"
	if [ "$failed" -ne 0 ]; then
		grep -vE '^  (CC|LD) ' "$log" | sed "s/^/$name| /" | tail -n 200
	fi
	return "$code"
}

build() { # VARIANT TARGET…
	local variant=$1
	shift
	if stage "build-$variant" "$make" -s -j2 BUILD="$variant" "$@"; then
		touch "$out/built-$variant"
	else
		touch "$out/broken-$variant"
	fi
}

# Until a variant is built; fails where it does not build.
built() {
	until [ -e "$out/built-$1" ] || [ -e "$out/broken-$1" ]; do
		sleep 0.2
	done
	[ -e "$out/built-$1" ]
}

unit() { # VARIANT TREE…
	local variant=$1 programs=() tree
	shift
	for tree in "$@"; do
		programs+=("build/$variant/unit-$tree")
	done
	tests/memory.sh tests/run.sh "${programs[@]}"
}
flow() { VERBOSE=1 DB=$2 tests/memory.sh tests/run.sh "build/$1/flow"; }

# The fuzz targets are linked from the asan build.
builders() {
	build debug test-build
	build asan sanitizer-build
	build tsan build/tsan/unit-shared build/tsan/unit-hub build/tsan/flow build/tsan/sink all
	stage check "$make" -s check
	built asan && stage fuzz "$make" -s fuzz
}
debug() {
	built debug || return
	stage unit-postgres tests/memory.sh tests/postgres.sh build/debug/unit-shared build/debug/unit-hub
	stage flow-postgres flow debug postgres
	stage boot "$make" -s boot
	stage bench tests/bench/smoke.sh build/debug/bench
}
pages() {
	built debug || return
	stage browser tests/memory.sh tests/browser/run.sh
}
# Its flows; the rest of make mailu-test takes minutes. Debian's packages come while others build.
mailu() {
	tests/mailu/images/base.sh build/mailu/base.tar >"$out/mailu-base.log" 2>&1
	built debug || return
	stage mailu tests/mailu/run.sh build/debug flow_test.c
}
asan() {
	built asan || return
	stage unit-asan unit asan shared hub agent world
	stage flow-sqlite flow asan sqlite
}
tsan() {
	built tsan || return
	stage unit-tsan unit tsan shared hub
	stage flow-tsan flow tsan sqlite
}

builders &
debug &
pages &
mailu &
asan &
tsan &
wait
awk -v seconds=$(($(date +%s) - start)) '
	{ passed += $1; failed += $2 }
	END {
		printf "in %d s\n", seconds
		printf "%d passed, %d failed\n", passed, failed
		exit failed > 0
	}' "$out/counts"
