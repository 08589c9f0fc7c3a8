#!/bin/sh
# A machine of its own for a test: processes, network, mounts, host name and System V objects are
# apart from this one, with journald and a Docker engine in it, and all of it is gone when COMMAND ends,
# however it ends. Images are kept from one run to the next in build/mailu/docker.
# usage: machine.sh COMMAND…      (root)
set -eu
cd "$(dirname "$0")/../.."
here=$PWD/build/mailu
if [ "${1:-}" != --inside ]; then
	[ "$(id -u)" -eq 0 ] || { echo "machine.sh: needs root" >&2; exit 2; }
	mkdir -p "$here"
	exec 9>"$here/lock"
	flock 9
	rm -rf "$here/run"
	mkdir -p "$here/run" "$here/docker"
	code=0
	unshare --mount --pid --net --ipc --uts --fork --kill-child --mount-proc \
		-- "$0" --inside "$@" 9>&- || code=$?
	# The kernel frees a dead machine's groups only when somebody removes them.
	find /sys/fs/cgroup -depth -path "*/penguin-mailu*" -type d -exec rmdir {} + 2>/dev/null || :
	exit "$code"
fi
shift

wait_for() { # WHAT COMMAND…
	what=$1
	shift
	for _ in $(seq 300); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	echo "machine.sh: $what does not answer" >&2
	tail -n 20 "$here"/run/*.log >&2
	exit 1
}

start_journal() {
	mkdir -p /run/systemd/journal /run/log/journal
	/lib/systemd/systemd-journald >"$here/run/journald.log" 2>&1 &
	wait_for journald test -S /run/systemd/journal/stdout
}

# The network is only loopback: the addresses the world knows this machine and everybody else by.
start_network() {
	hostname mail.acme.example
	ip link set lo up
	ip address add 198.51.100.10/32 dev lo
	ip address add 198.51.100.25/32 dev lo
}

# What a machine that was killed left of its containers is nothing to this one; images stay.
start_docker() {
	rm -rf "$here/docker/containers" "$here/docker/network"
	PATH=/usr/sbin:/usr/bin:/sbin:/bin dockerd --data-root "$here/docker" --exec-root /run/docker \
		--host unix:///run/docker.sock --pidfile /run/docker.pid --bridge none \
		--cgroup-parent penguin-mailu --userland-proxy=false \
		>"$here/run/dockerd.log" 2>&1 &
	wait_for docker test -S /run/docker.sock
	wait_for docker curl -s --unix-socket /run/docker.sock http://docker/_ping
}

mount --make-rprivate /
mount -t tmpfs -o mode=755,size=768m machine /run
mkdir -p /run/lock
start_journal
start_network
start_docker
"$@"
