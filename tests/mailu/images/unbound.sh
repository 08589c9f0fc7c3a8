#!/bin/sh
# The resolver. The machine has no network but itself, so the world's names stand here: every name
# below dest.example and its like is the sink.
set -eu
cat >/etc/unbound/standin.conf <<END
server:
	interface: 0.0.0.0
	access-control: 0.0.0.0/0 allow
	do-daemonize: no
	username: ""
	chroot: ""
	use-syslog: no
	logfile: ""
	pidfile: /run/unbound.pid
	do-ip6: no
	module-config: "iterator"
	local-zone: "." static
	local-zone: "dest.example." redirect
	local-data: "dest.example. 60 IN A 198.51.100.25"
	local-zone: "other.example." redirect
	local-data: "other.example. 60 IN A 198.51.100.25"
	local-zone: "down.example." redirect
	local-data: "down.example. 60 IN A 198.51.100.99"
remote-control:
	control-enable: yes
	control-interface: /run/unbound.ctl
	control-use-cert: no
END
exec unbound -d -c /etc/unbound/standin.conf
