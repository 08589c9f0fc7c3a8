#!/bin/sh
# make mailu-test: MailU as the agent runs it, on a machine of its own. Ends with "N passed, N failed".
# usage: run.sh FOLDER-OF-PROGRAMS [FILTER]
set -eu
cd "$(dirname "$0")/../.."
if [ "$(id -u)" -ne 0 ]; then
	exec sudo tests/mailu/run.sh "$@"
fi
bin=$PWD/$1
shift
tests/mailu/images/base.sh build/mailu/base.tar
# shellcheck disable=SC2016
exec tests/mailu/machine.sh sh -c '
	tests/mailu/images/build.sh "$0/mailu-double" 2024.06.57 2024.06.58 2024.06.59 && BIN=$0 JOBS=0 exec "$0/mailu-test" "$@"
' "$bin" "$@"
