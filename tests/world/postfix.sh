#!/bin/sh
# A private Postfix in FOLDER: own configuration, queue and log; takes mail on 127.0.0.1:PORT and
# gives all of it to 127.0.0.1:NEXT. The one part of a test world that needs root. Reads commands
# from standard input (start, stop, kill, flush; discard: mail goes nowhere from now on) and answers each with "ok" or "failed REASON";
# when the input ends it stops and takes FOLDER away, so nothing outlives the test.
# usage: postfix.sh FOLDER PORT NEXT [LIFETIME]
set -u
folder=$1 port=$2 next=$3 lifetime=${4:-1h}
etc=$folder/etc queue=$folder/queue log=$folder/log
trap '' INT HUP TERM

write_main() {
	cat <<-END
	compatibility_level = 3.6
	queue_directory = $queue
	data_directory = $folder/data
	command_directory = /usr/sbin
	daemon_directory = /usr/lib/postfix/sbin
	mail_owner = postfix
	setgid_group = postdrop
	myhostname = mx.appliance.test
	mydestination =
	local_recipient_maps =
	alias_maps =
	mynetworks = 127.0.0.0/8
	inet_interfaces = 127.0.0.1
	inet_protocols = ipv4
	smtpd_relay_restrictions = permit_mynetworks, reject
	smtputf8_enable = no
	smtpd_error_sleep_time = 0
	smtpd_junk_command_limit = 10000
	relayhost = [127.0.0.1]:$next
	transport_maps = regexp:$etc/transport
	smtp_dns_support_level = disabled
	smtp_host_lookup = native
	smtp_data_done_timeout = 10s
	smtp_tls_security_level =
	default_destination_concurrency_failed_cohort_limit = 1000
	maillog_file = $log/mail.log
	maillog_file_prefixes = $folder
	enable_long_queue_ids = yes
	minimal_backoff_time = 1s
	maximal_backoff_time = 2s
	queue_run_delay = 1s
	maximal_queue_lifetime = $lifetime
	bounce_queue_lifetime = 1m
	in_flow_delay = 0
	biff = no
	notify_classes =
	END
}

write_master() {
	cat <<-END
	127.0.0.1:$port inet n - n - - smtpd
	pickup unix n - n 60 1 pickup
	cleanup unix n - n - 0 cleanup
	qmgr unix n - n 5 1 qmgr
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
	anvil unix - - n - 1 anvil
	scache unix - - n - 1 scache
	postlog unix-dgram n - n - 1 postlogd
	END
}

# The log and its folder are postfix's own: after a crash postsuper writes to it without root.
prepare() {
	mkdir -p "$etc" "$queue" "$folder/data" "$log" &&
		write_main >"$etc/main.cf" && write_master >"$etc/master.cf" &&
		: >"$log/mail.log" && chmod 755 "$folder" "$queue" "$log" &&
		chown postfix "$folder/data" "$log" "$log/mail.log" || return 1
	# Notices to the senders of our own mails end here; the log has said it already.
	echo '/^b\+/ discard:' >"$etc/transport"
}

master_pid() {
	sed -n '1s/ //gp;1q' "$queue/pid/master.pid" 2>/dev/null
}

is_running() {
	/usr/lib/postfix/sbin/master -c "$etc" -t 2>/dev/null && return 1
	return 0
}

kill_all() {
	pid=$(master_pid)
	[ -n "$pid" ] || return 0
	kill -9 "-$pid" 2>/dev/null
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		is_running || return 0
		sleep 0.05
	done
	return 1
}

stop_all() {
	is_running || return 0
	kill -TERM "$(master_pid)" 2>/dev/null
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		is_running || return 0
		sleep 0.05
	done
	kill_all
}

run_command() {
	case $1 in
	start) postfix -c "$etc" start ;;
	stop) stop_all ;;
	kill) kill_all ;;
	flush) postqueue -c "$etc" -f ;;
	discard) echo '/./ discard:' >"$etc/transport" && postfix -c "$etc" reload ;;
	*) echo "unknown command $1"; return 1 ;;
	esac
}

prepare || { echo "failed cannot prepare $folder"; exit 1; }
while read -r command; do
	if reason=$(run_command "$command" 2>&1); then
		echo ok
	else
		echo "failed $(echo "$reason" | tr '\n' ' ')"
	fi
done
stop_all
rm -rf "$folder"
