#!/bin/sh
# Copies what was built into DESTDIR: programs, manual pages, systemd units, samples. Starts nothing
# and writes nothing to /etc or /var.
# usage: install.sh BUILD-FOLDER DESTDIR PREFIX
set -eu
build=$1 dest=$2 prefix=$3
case $prefix in
/*) ;;
*)
	echo "install: PREFIX must be an absolute path" >&2
	exit 2
	;;
esac
sbin=$prefix/sbin

install -d "$dest$sbin"
install -m 755 -s "$build/penguin-hub" "$build/penguin-agent" "$build/penguin-box" "$dest$sbin"

for page in build/man/*.[58]; do
	section=${page##*.}
	install -d "$dest$prefix/share/man/man$section"
	install -m 644 "$page" "$dest$prefix/share/man/man$section"
done

units=$dest$prefix/lib/systemd/system
install -d "$units" "$dest$prefix/lib/sysusers.d" "$dest$prefix/lib/tmpfiles.d"
for unit in image/systemd/*.service image/systemd/*.socket image/systemd/*.timer; do
	sed -e "s|@SBINDIR@|$sbin|" -e '/^@HARDENING@$/{r image/systemd/hardening
d
}' "$unit" >"$units/${unit##*/}"
	chmod 644 "$units/${unit##*/}"
done
install -m 644 image/systemd/sysusers.conf "$dest$prefix/lib/sysusers.d/penguin.conf"
install -m 644 image/systemd/tmpfiles.conf "$dest$prefix/lib/tmpfiles.d/penguin.conf"

for program in hub agent; do
	doc=$dest$prefix/share/doc/penguin-$program
	install -d "$doc"
	"$build/penguin-$program" --config-sample >"$doc/$program.conf.sample"
	chmod 644 "$doc/$program.conf.sample"
done
install -m 644 image/systemd/mailu.conf image/systemd/mailu.rules "$dest$prefix/share/doc/penguin-agent"
install -m 644 image/broker.conf.sample "$dest$prefix/share/doc/penguin-hub"
echo "installed into $dest$prefix"
