#!/bin/bash
# Runs inside the booted machine: the commands of docs/operations.md, then a mail. Each check prints a
# line; the last line counts them.
# shellcheck disable=SC2317 # functions are given to check by name
set -u
cd /penguin || exit 1
passed=0 failed=0
check() { # SENTENCE COMMAND…: retried for a minute, since services take their time
	local sentence=$1
	shift
	for _ in $(seq 120); do
		if "$@" >/tmp/check 2>&1; then
			echo "  ok  $sentence"
			passed=$((passed + 1))
			return
		fi
		sleep 0.5
	done
	echo "FAILED $sentence"
	sed 's/^/       /' /tmp/check
	failed=$((failed + 1))
}

finish() {
	if [ "$failed" -ne 0 ]; then
		journalctl --no-pager -n 60 -u 'penguin-*' -u 'postfix*'
	fi
	echo "$passed passed, $failed failed"
	exit $((failed > 0))
}

# The commands of one section of the document: its indented lines, placeholders filled in, without
# making (it is installed already) and without lines of configuration.
commands() { # SECTION
	awk -v section="$1" '
		/^##/ { on = $0 == section }
		on && /^    / { print substr($0, 5) }' docs/operations.md |
		grep -v '^make ' | grep -vE '^[a-z_.]+ = ' |
		sed -e 's|--password-file FILE|--password-file /tmp/password|' -e "s|enrol TOKEN|enrol ${token:-}|"
}

# The keys it says to set, with addresses of this machine.
settings() {
	awk '/^## The hub/ { on = 1; next } /^##/ { on = 0 }
		on && /^    [a-z_.]+ = / { sub(/ *#.*/, ""); print substr($0, 5) }' docs/operations.md |
		sed -e 's|https://mail.example.com|http://localhost:8080|' \
			-e 's|https://links.example.com|http://links.localhost:8080|' \
			-e 's|https://hub.example.com:8443|https://localhost:8443|' \
			-e 's|= …|= 127.0.0.1|'
}

say() { # runs commands one by one; the first that fails ends it all
	while read -r line; do
		[ -z "$line" ] && continue
		while [ "${line%\\}" != "$line" ]; do
			read -r more
			line="${line%\\} $more"
		done
		if ! bash -c "$line" </dev/null >/tmp/said 2>&1; then
			echo "FAILED ${line:0:90}"
			cat /tmp/said
			failed=$((failed + 1))
			finish
		fi
		echo "  ok  ${line:0:90}"
		passed=$((passed + 1))
		case $line in
		*hub.conf.sample*)
			settings >/tmp/settings
			cut -d' ' -f1 /tmp/settings | while read -r name; do
				sed -i "/^$name = /d" /etc/penguin-hub/hub.conf
			done
			cat /tmp/settings >>/etc/penguin-hub/hub.conf
			;;
		*agent.conf.sample*)
			# Nothing here keeps this machine's clock by NTP.
			echo 'clock.check = no' >>/etc/penguin-agent/agent.conf
			;;
		esac
	done
}

api() { # METHOD PATH [BODY]
	curl -sS --fail-with-body -X "$1" -H "Authorization: Bearer $key" \
		-H 'Content-Type: application/json' ${3:+-d "$3"} "http://localhost:8080/api/v1$2"
}
id_of() { sed -n 's/.*"id":"\([^"]*\)".*/\1/p' | head -n 1; }

# ---- Postfix as its owner would have it, and the world it delivers to ----
cat >/etc/postfix/main.cf <<X
compatibility_level = 3.6
myhostname = box.example.com
inet_interfaces = loopback-only
mydestination =
relayhost = [127.0.0.1]:2525
X
systemctl enable --now --quiet postfix 2>/dev/null
systemctl restart postfix
./sink --port 2525 --record /tmp/sink.log >/dev/null 2>&1 &

# Docker as this small machine lets it run: no bridge, no more files than it may have.
mkdir -p /etc/systemd/system/docker.service.d
cat >/etc/systemd/system/docker.service.d/small.conf <<X
[Service]
LimitNOFILE=1024:20000
LimitNPROC=1000
LimitCORE=0
ExecStart=
ExecStart=/usr/sbin/dockerd -H fd:// --bridge=none --iptables=false
X
systemctl daemon-reload

# ---- docs/operations.md ----
echo 'a long enough password' >/tmp/password
chmod 644 /tmp/password
say < <(commands '## The hub')
check "the hub is ready" curl -sf http://localhost:8080/readyz
check "no unit of ours has failed" bash -c '! systemctl --failed --no-legend | grep penguin'
token=$(runuser -u penguin-hub -- penguin-hub enrol-token --tenant Company --appliance box1)
say < <(commands '## A sending machine')
check "the agent is well" bash -c 'runuser -u penguin-agent -- penguin-agent status | grep "health: ok"'
agent_pid() { systemctl show -p MainPID --value penguin-agent; }
in_group_docker() {
	local gid
	gid=$(getent group docker | cut -d: -f3)
	grep '^Groups:' "/proc/$(agent_pid)/status" | tr '\t' ' ' | grep -q " $gid "
}
writes_to_mailu() { nsenter -t "$(agent_pid)" -m touch /mailu/probe; }
check "with its drop-in the agent is let to Docker's socket" in_group_docker
check "and may write MailU's folder, and no other" bash -c "$(declare -f agent_pid writes_to_mailu)
	writes_to_mailu && ! nsenter -t \"\$(agent_pid)\" -m touch /etc/probe"
check "the appliance is online" bash -c \
	'runuser -u penguin-hub -- penguin-hub appliance list --tenant Company | grep "ok.*online"'

# ---- a mail ----
key=$(runuser -u penguin-hub -- penguin-hub api-key --tenant Company --name boot)
appliance=$(api GET /appliances | id_of)
# No name server answers here, so the operator vouches for the domain.
api POST /domains '{"name":"company.example"}' >/dev/null
runuser -u penguin-hub -- penguin-hub domain confirm --tenant Company --domain company.example
mailbox=$(api POST /mailboxes '{"address":"pia@company.example","name":"Pia","appliance":"'"$appliance"'",
	"cap":50,"gap":1000,"jitter":0,"days":127,"from_minute":0,"to_minute":1440,"zone":"UTC"}' | id_of)
printf 'email,first_name\nada@there.example,Ada\nbob@there.example,Bob\n' >/tmp/contacts.csv
import=$(curl -sS --fail-with-body -H "Authorization: Bearer $key" -F file=@/tmp/contacts.csv \
	http://localhost:8080/api/v1/imports | id_of)
imported() { api GET "/imports/$import" | grep '"state":"done"'; }
check "contacts are imported" imported
campaign=$(api POST /campaigns '{"name":"First"}' | id_of)
version() { api GET "/campaigns/$campaign" | sed -n 's/.*"version":\([0-9]*\).*/\1/p'; }
api PATCH "/campaigns/$campaign" '{"version":'"$(version)"',"name":"First","audience":"'"$import"'",
	"mailboxes":["'"$mailbox"'"]}' >/dev/null
api PUT "/campaigns/$campaign/steps" '{"version":'"$(version)"',"steps":[{"wait":0,"subject":"Hello {{ first_name }}",
	"html":"<p>Hello {{ first_name }}, good day.</p>","text":""}]}' >/dev/null
api POST "/campaigns/$campaign/launch" '{}' >/tmp/launch || cat /tmp/launch
finished() { api GET "/campaigns/$campaign" | grep '"state":"finished"' | grep '"delivered":2'; }
check "a campaign of two mails is delivered, by the journal of Postfix" finished
check "both arrived" test "$(grep -c 'there.example.*250' /tmp/sink.log)" -eq 2

# ---- Docker has ended: the agent starts its unit when MailU is wanted ----
systemctl stop docker.socket docker.service
docker_runs() { systemctl is-active docker.service && docker version; }
agent_says() { journalctl --no-pager -u penguin-agent | grep "$1"; }
api PUT "/appliances/$appliance/mailu" '{"address":"192.0.2.10"}' >/tmp/mailu || cat /tmp/mailu
check "the agent starts Docker's unit over the bus" docker_runs
check "and says so" agent_says 'docker.service is inactive: it is started'
check "then it says what this machine lacks" agent_says 'port 25 of 192.0.2.10 cannot be opened'
api POST "/appliances/$appliance/mailu/off" '{}' >/tmp/mailu || cat /tmp/mailu

check "it survives a restart of everything" systemctl restart penguin-broker penguin-hub penguin-agent
check "the appliance is online again" bash -c \
	'runuser -u penguin-hub -- penguin-hub appliance list --tenant Company | grep "ok.*online"'
finish
