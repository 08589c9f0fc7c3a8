#!/bin/sh
# Mailboxes: LMTP on 2525 and IMAP on 143, for front alone; who may log in, front has asked already.
set -eu
mkdir -p /mail /run/dovecot
chown mail:mail /mail
cat >/etc/dovecot/standin.conf <<END
protocols = imap lmtp
listen = *
ssl = no
disable_plaintext_auth = no
log_path = /dev/stdout
mail_location = maildir:~
mail_uid = mail
mail_gid = mail
first_valid_uid = 8
first_valid_gid = 8
mail_home = /mail/%Lu
recipient_delimiter = ${RECIPIENT_DELIMITER:-+}
lmtp_save_to_detail_mailbox = no
postmaster_address = ${POSTMASTER}@${DOMAIN}
passdb {
	driver = static
	args = nopassword=y allow_nets=$SUBNET
}
userdb {
	driver = lua
	args = file=/standin/imap.lua
}
namespace inbox {
	inbox = yes
	mailbox Junk {
		auto = subscribe
		special_use = \Junk
	}
	mailbox Sent {
		auto = subscribe
		special_use = \Sent
	}
}
service imap-login {
	inet_listener imap {
		port = 143
	}
	inet_listener imaps {
		port = 0
	}
}
service lmtp {
	inet_listener lmtp {
		port = 2525
	}
}
END
if [ -s /overrides/dovecot.conf ]; then
	echo '!include /overrides/dovecot.conf' >>/etc/dovecot/standin.conf
fi
exec dovecot -F -c /etc/dovecot/standin.conf
