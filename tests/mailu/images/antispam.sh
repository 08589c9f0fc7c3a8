#!/bin/sh
# Rspamd: milter on 11332, controller on 11334, DKIM keys from admin for the domain of the header.
set -eu
# Compiling its patterns takes Rspamd 17 s of a core; "warm" does it while the base is made.
if [ "${1:-}" != warm ]; then
	until curl -fsS -o /dev/null http://admin:8080/internal/rspamd/local_domains; do
		sleep 0.2
	done
fi
mkdir -p /var/lib/rspamd /run/rspamd
cp -an /standin-warm/. /var/lib/rspamd/ 2>/dev/null || :
chown _rspamd /var/lib/rspamd /run/rspamd
etc=/etc/rspamd/local.d
mkdir -p "$etc"
cat >"$etc/worker-normal.inc" <<END
enabled = false;
END
cat >"$etc/worker-proxy.inc" <<END
bind_socket = "*:11332";
milter = yes;
timeout = 120s;
upstream "local" {
	default = yes;
	self_scan = yes;
}
count = 1;
END
cat >"$etc/worker-controller.inc" <<END
bind_socket = "*:11334";
password = "mailu";
secure_ip = "$SUBNET";
secure_ip = "127.0.0.1";
END
cat >"$etc/logging.inc" <<END
type = "console";
level = "info";
END
cat >"$etc/redis.conf" <<END
servers = "redis";
END
cat >"$etc/options.inc" <<END
local_networks = "127.0.0.1, $SUBNET";
dns {
	timeout = 1s;
	retransmits = 1;
}
END
sign=true
[ -z "${STANDIN_UNSIGNED:-}" ] || sign=false
cat >"$etc/dkim_signing.conf" <<END
enabled = $sign;
sign_authenticated = true;
sign_local = true;
use_domain = "header";
use_esld = false;
allow_username_mismatch = true;
allow_hdrfrom_mismatch = false;
use_vault = true;
vault_url = "http://admin:8080/internal/rspamd/vault";
vault_token = "mailu";
vault_domains = [];
try_fallback = true;
END
cat >"$etc/greylist.conf" <<END
enabled = false;
END
for module in rbl phishing surbl fuzzy_check asn mx_check spf dmarc neural; do
	echo 'enabled = false;' >"$etc/$module.conf"
done
for file in /overrides/*.conf /overrides/*.inc; do
	[ -f "$file" ] || continue
	name=$(basename "$file")
	case $name in
	redis.conf | options.inc | logging.inc | worker-*) ;;
	*) echo ".include(try=true,priority=5,duplicate=merge) \"$file\"" >>"$etc/$name" ;;
	esac
done
if [ "${1:-}" = warm ]; then
	rspamd -f -u _rspamd -g _rspamd >/dev/null 2>&1 &
	until curl -fsS -o /dev/null http://127.0.0.1:11334/ping 2>/dev/null; do
		sleep 0.2
	done
	sleep 3
	kill $!
	wait || :
	mkdir /standin-warm
	cp -a /var/lib/rspamd/*.hs* /standin-warm/
	exit 0
fi
exec rspamd -f -u _rspamd -g _rspamd
