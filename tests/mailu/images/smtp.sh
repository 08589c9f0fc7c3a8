#!/bin/sh
# Postfix with MailU's ports, look-ups and treatment of overrides. It logs to standard output.
set -eu
host=${HOSTNAMES%%,*}
mkdir -p /queue /etc/postfix
rm -f /etc/postfix/*.lmdb
cat >/etc/postfix/main.cf <<END
compatibility_level = 3.6
myhostname = $host
myorigin = $DOMAIN
mydomain = $DOMAIN
mydestination =
alias_maps =
local_recipient_maps =
queue_directory = /queue
mynetworks = 127.0.0.1/32 $SUBNET
inet_protocols = ipv4
relayhost = ${RELAYHOST:-}
message_size_limit = $MESSAGE_SIZE_LIMIT
mailbox_size_limit = 0
recipient_delimiter = ${RECIPIENT_DELIMITER:-}
smtpd_authorized_xclient_hosts = 127.0.0.1 $SUBNET
podop = socketmap:unix:/tmp/podop.socket:
virtual_mailbox_domains = \${podop}domain
virtual_mailbox_maps = \${podop}mailbox
virtual_alias_maps = \${podop}alias
virtual_transport = lmtp:inet:front:2525
transport_maps = lmdb:/etc/postfix/transport.map, \${podop}transport
relay_domains = \${podop}transport
smtpd_sender_login_maps = \${podop}senderlogin
check_ratelimit = check_sasl_access \${podop}senderrate
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_milters = inet:antispam:11332
milter_default_action = tempfail
milter_mail_macros = i {mail_addr} {client_addr} {client_name} {auth_authen}
smtp_tls_security_level = may
smtp_host_lookup = dns
smtp_tls_policy_maps = lmdb:/etc/postfix/tls_policy.map
delay_warning_time = 5m
notify_classes = resource, software, delay
maillog_file = /dev/stdout
smtputf8_enable = yes
END
cat >/etc/postfix/master.cf <<'END'
25 inet n - n - - smtpd
10025 inet n - n - - smtpd
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_discard_ehlo_keywords=pipelining
  -o smtpd_client_restrictions=$check_ratelimit,reject_unlisted_sender,reject_authenticated_sender_login_mismatch,permit
  -o smtpd_reject_unlisted_recipient=no
  -o cleanup_service_name=outclean
outclean unix n - n - 0 cleanup
  -o header_checks=regexp:/etc/postfix/outclean
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
END
cat >/etc/postfix/outclean <<'END'
/^(Received|User-Agent|X-Mailer|X-Originating-IP):/ IGNORE
END
: >/etc/postfix/transport.map
: >/etc/postfix/tls_policy.map

# Overrides. A line goes through a shell, which eats $ and quotes, as in MailU; what Postfix refuses is
# only a line in the log.
if [ -f /overrides/postfix.cf ]; then
	grep -vE '^(#|$)' /overrides/postfix.cf | while read -r line; do
		sh -c "postconf -e \"$line\"" || echo "postconf refused a line" >&2
	done
fi
if [ -f /overrides/postfix.master ]; then
	grep -vE '^(#|$)' /overrides/postfix.master | while read -r line; do
		postconf -Me "$line" || echo "postconf refused a service" >&2
	done
fi
for map in /overrides/*.map; do
	[ -f "$map" ] && cp "$map" /etc/postfix/
done
for map in /etc/postfix/*.map; do
	postmap "lmdb:$map"
done
# What a killed life of this container left would look like a socket that somebody listens on.
rm -f /tmp/podop.socket
/standin/double podop /tmp/podop.socket &
until [ -S /tmp/podop.socket ]; do
	sleep 0.05
done
chmod 666 /tmp/podop.socket
chown root:root /queue
postfix set-permissions >/dev/null 2>&1 || :
exec postfix start-fg
