#!/bin/sh
# Runs test programs with a PostgreSQL of their own on a socket in a temporary folder.
# usage: postgres.sh PROGRAM…; TEST_DB names the database as the hub's role, TEST_DB_OWNER as its
# owner. Ends with what tests/run.sh ends with.
set -eu
bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin | sort -V | tail -n 1)
dir=$(mktemp -d /tmp/penguin-pg.XXXXXX)
as() { # the server refuses to run as root
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid postgres --regid postgres --clear-groups "$@"
	else
		"$@"
	fi
}
stop() {
	as "$bin/pg_ctl" -D "$dir/data" -m immediate -s stop >/dev/null 2>&1 || true
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 1' INT TERM
if [ "$(id -u)" -eq 0 ]; then
	chown postgres "$dir"
	chmod 755 "$dir"
fi
as "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --no-locale >"$dir.log" 2>&1 ||
	{ cat "$dir.log"; rm -f "$dir.log"; exit 1; }
rm -f "$dir.log"
as "$bin/pg_ctl" -D "$dir/data" -w -s -l "$dir/log" -o \
	"-k $dir -c listen_addresses= -c fsync=off -c max_connections=60" start
psql -q -h "$dir" -U postgres -d postgres -c 'CREATE ROLE penguin_owner LOGIN' \
	-c 'CREATE ROLE penguin_app LOGIN' -c 'CREATE DATABASE penguin OWNER penguin_owner' \
	-c 'CREATE DATABASE plain OWNER penguin_app'
export TEST_DB="postgresql://penguin_app@/penguin?host=$dir"
export TEST_DB_OWNER="postgresql://penguin_owner@/penguin?host=$dir"
export TEST_DB_SUPER="postgresql://postgres@/penguin?host=$dir"
export TEST_DB_PLAIN="postgresql://penguin_app@/plain?host=$dir"
tests/run.sh "$@"
