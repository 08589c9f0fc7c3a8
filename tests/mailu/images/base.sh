#!/bin/sh
# The file system that all stand-in images share: Debian's own packages and what Rspamd makes of its
# patterns, made once for a machine and kept in MAILU_CACHE, so that a new clone has it at once.
# usage: base.sh TAR
set -eu
tar=$1
cache=${MAILU_CACHE:-/var/cache/penguin-mailu}
packages="postfix postfix-lmdb libsasl2-modules dovecot-core dovecot-imapd dovecot-lmtpd dovecot-submissiond
	dovecot-auth-lua lua-socket lua-cjson rspamd redis-server redis-tools unbound nginx-light
	libnginx-mod-mail curl procps iproute2 openssl ca-certificates libmicrohttpd12 libcjson1
	libsqlite3-0 libcurl4 libidn2-0 libsodium23"
list=$(echo "$packages" | tr -s ' \t\n' ',')
here=$(cd "$(dirname "$0")" && pwd)
want=$(cat "$here/base.sh" "$here/antispam.sh" | sha256sum)
[ -s "$tar" ] && [ "$(cat "$tar.from" 2>/dev/null)" = "$want" ] && exit 0
mkdir -p "$(dirname "$tar")" "$cache"
kept=$cache/base-$(echo "$want" | cut -c1-16).tar
give() {
	ln -f "$kept" "$tar" 2>/dev/null || cp "$kept" "$tar"
	echo "$want" >"$tar.from"
}
if [ -s "$kept" ]; then
	give
	exit 0
fi
work=$(mktemp -d "$cache/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "building the base of the stand-in images (once, a minute or two)"
# shellcheck disable=SC2016
nice -n 10 mmdebstrap --quiet --mode=root --variant=minbase --include="$list" \
	--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
	--dpkgopt='path-exclude=/usr/share/locale/*' --aptopt='Apt::Install-Recommends "false"' \
	--setup-hook='mkdir -p "$1/usr/sbin"; printf "#!/bin/sh\nexit 101\n" >"$1/usr/sbin/policy-rc.d"; chmod 755 "$1/usr/sbin/policy-rc.d"' \
	--essential-hook='echo "postfix postfix/main_mailer_type select No configuration" | chroot "$1" debconf-set-selections' \
	--customize-hook="cp '$here/antispam.sh' \"\$1/tmp\"" \
	--customize-hook='chroot "$1" env SUBNET=127.0.0.0/8 sh /tmp/antispam.sh warm' \
	--customize-hook='rm -rf "$1"/tmp/antispam.sh "$1"/run/rspamd' \
	--customize-hook='rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/*' \
	bookworm "$work/base.tar"
rm -f "$cache"/base-*.tar
mv "$work/base.tar" "$kept"
give
