#!/bin/sh
# Runs a command with a /tmp of its own that lies in memory and goes with it: a good part of what tests
# cost the processor is files made and removed. Where that cannot be had, as it is.
# usage: memory.sh COMMAND…
set -eu
free=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)
if [ "$(id -u)" -ne 0 ] || [ "$free" -lt 4 ] ||
	! unshare -m mount -t tmpfs tmpfs /mnt 2>/dev/null; then
	exec "$@"
fi
# shellcheck disable=SC2016 # the inner shell's
exec unshare -m sh -euc '
	here=$PWD
	mount -t tmpfs -o mode=1777 tmpfs /mnt
	case $here in
	/tmp/*) # else the tree itself would be hidden
		mkdir -p "/mnt${here#/tmp}"
		mount --bind "$here" "/mnt${here#/tmp}"
		;;
	esac
	mount --move /mnt /tmp
	cd "$here"
	exec "$@"' sh "$@"
