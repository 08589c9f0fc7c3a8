#!/bin/bash
# make boot: boots a copy of this machine's own file system with systemd as process 1, installs the
# programs into it and does there, word by word, what docs/operations.md says; then sends a mail from
# the API to a mail server and waits for its outcome. What is written stays in memory and goes with it.
# Needs root; usage: run.sh BUILD-FOLDER. KEEP=1 leaves the machine running and says how to enter it.
set -eu
cd "$(dirname "$0")/../.."
build=$1
if [ "$(id -u)" -ne 0 ] || ! command -v systemd-nspawn >/dev/null; then
	echo "boot: needs root and systemd-container (make deps)" >&2
	exit 2
fi
work=$(mktemp -d /tmp/penguin-boot.XXXXXX)
name=penguin-boot-$$
leader=

leave() {
	if [ -n "${KEEP:-}" ] && [ -n "$leader" ]; then
		echo "boot: enter with: nsenter -t $leader -a bash; end with: kill -s RTMIN+4 $leader; umount -R $work"
		return
	fi
	if [ -n "$leader" ]; then
		kill -s RTMIN+4 "$leader" 2>/dev/null || true
		wait "$nspawn" 2>/dev/null || true
	fi
	umount "$work/machine/root" 2>/dev/null || true
	umount "$work/machine" 2>/dev/null || true
	rm -rf "$work"
}
trap leave EXIT

mkdir "$work/machine"
mount -t tmpfs -o mode=755 penguin-boot "$work/machine"
mkdir "$work/machine/changes" "$work/machine/work" "$work/machine/root"
mount -t overlay -o "lowerdir=/,upperdir=$work/machine/changes,workdir=$work/machine/work" \
	penguin-boot "$work/machine/root"
root=$work/machine/root

# A machine with nothing of ours or of anybody else's on it but packages.
rm -rf "$root/etc/penguin-hub" "$root/etc/penguin-agent" "$root"/var/lib/penguin-*
rm -f "$root"/etc/systemd/system/*.wants/{postgresql,docker,containerd,mosquitto}.service
systemd-id128 new >"$root/etc/machine-id"
printf '127.0.0.1 localhost %s\n' "$(hostname)" >"$root/etc/hosts"
image/install.sh "$build" "$root" /usr/local >/dev/null
install -d "$root/penguin"
cp -r docs tests/boot "$root/penguin"
cp "$build/sink" "$root/penguin"

systemd-nspawn --quiet --directory="$root" --boot --private-network --register=no --keep-unit \
	--machine="$name" --system-call-filter="adjtimex clock_adjtime" --console=pipe \
	</dev/null >"$work/console" 2>&1 &
nspawn=$!
for _ in $(seq 300); do
	leader=$(pgrep -P "$nspawn" || true)
	[ -n "$leader" ] && nsenter -t "$leader" -a test -S /run/systemd/private 2>/dev/null && break
	sleep 0.1
done
if [ -z "$leader" ]; then
	cat "$work/console"
	exit 1
fi
nsenter -t "$leader" -a systemctl is-system-running --wait >/dev/null || true
nsenter -t "$leader" -a /bin/bash /penguin/boot/inside.sh
