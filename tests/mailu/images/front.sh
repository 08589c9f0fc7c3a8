#!/bin/sh
# What the world and the agent talk to: nginx on 25, Dovecot's submission and IMAP proxies on 465 and
# 993, LMTP for Postfix on 2525.
set -eu
mkdir -p /run/dovecot /var/log/nginx
ssl="ssl = required
ssl_cert = </certs/cert.pem
ssl_key = </certs/key.pem"
cat >/etc/dovecot/standin.conf <<END
protocols = imap submission lmtp
listen = *
$ssl
log_path = /dev/stdout
mail_uid = mail
mail_gid = mail
first_valid_uid = 8
lmtp_proxy = yes
recipient_delimiter = ${RECIPIENT_DELIMITER:-+}
hostname = ${HOSTNAMES%%,*}
submission_max_mail_size = 0
postmaster_address = ${POSTMASTER}@${DOMAIN}
auth_mechanisms = plain login
login_trusted_networks =
passdb {
	driver = lua
	args = file=/standin/front.lua blocking=yes
}
userdb {
	driver = static
	args = uid=mail gid=mail home=/tmp/%u
}
service imap-login {
	inet_listener imap {
		port = 0
	}
	inet_listener imaps {
		port = 993
		ssl = yes
	}
}
service submission-login {
	inet_listener submission {
		port = 0
	}
	inet_listener submissions {
		port = 465
		ssl = yes
	}
}
service lmtp {
	inet_listener lmtp {
		port = 2525
	}
}
END
cat >/etc/nginx/standin.conf <<END
load_module modules/ngx_mail_module.so;
daemon off;
error_log stderr warn;
events {
	worker_connections 256;
}
http {
	access_log off;
	server {
		listen 127.0.0.1:10204;
		listen 80;
		location /health {
			return 204;
		}
	}
}
mail {
	server_name ${HOSTNAMES%%,*};
	auth_http http://admin:8080/internal/auth/email;
	server {
		listen 25;
		protocol smtp;
		smtp_auth none;
		proxy on;
		xclient on;
		smtp_capabilities PIPELINING "SIZE ${MESSAGE_SIZE_LIMIT}" ENHANCEDSTATUSCODES 8BITMIME DSN;
	}
}
END
nginx -c /etc/nginx/standin.conf &
exec dovecot -F -c /etc/dovecot/standin.conf
