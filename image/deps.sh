#!/bin/sh
# Installs the Debian 12 packages that building, testing and the demonstration need and that are
# missing here; "deps.sh demo" those of the demonstration alone. Quick and silent on the network when
# nothing is. Works as root or with sudo (asked once); with neither it prints the list and exits 2.
# Never removes a mail server that is installed, and leaves no service running or enabled that it
# brought.
set -eu

# What the demonstration is built from and runs on.
DEMO="gcc libc6-dev pkg-config
	libmicrohttpd-dev libmosquitto-dev mosquitto mosquitto-clients libsqlite3-dev sqlite3
	libpq-dev libcurl4-openssl-dev libssl-dev libsodium-dev libsystemd-dev
	libcjson-dev libidn2-dev libc-ares-dev libgmime-3.0-dev libcunit1-dev postfix
	curl openssl ca-certificates tzdata xz-utils procps util-linux"
TESTS="clang-14 clang-tidy-14 clang-format-14 libclang-rt-14-dev lld-14 cppcheck universal-ctags
	shellcheck gettext postgresql nsd dovecot-imapd chromium-headless-shell fonts-dejavu-core
	systemd-container systemd-sysv dbus polkitd
	docker.io docker-compose iptables mmdebstrap systemd-journal-remote"

PACKAGES="$DEMO $TESTS"
[ "${1:-}" = demo ] && PACKAGES=$DEMO

list_missing() {
	# shellcheck disable=SC2086
	dpkg-query -W -f '${db:Status-Status} ${Package}\n' $PACKAGES 2>/dev/null |
		awk '$1 == "installed" { print $2 }' | sort -u >"$have"
	for package in $PACKAGES; do
		grep -qxF "$package" "$have" || echo "$package"
	done
	# Node.js may come from elsewhere; only what is not on the path is taken from Debian.
	command -v node >/dev/null || echo nodejs
	command -v npm >/dev/null || echo npm
}

other_mail_server() {
	dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' |
		awk '$1 == "installed" && $2 != "postfix" && / mail-transport-agent/ { print $2; exit }'
}

# ---- what runs as root ----

list_enabled() {
	find /etc/systemd/system /etc/systemd/user /etc/rc[2-5].d \
		\( -path '*.wants/*' -o -path '*.requires/*' -o -name 'S[0-9]*' \) 2>/dev/null | sort
}

disable_new() {
	list_enabled >"$work/after"
	comm -13 "$work/before" "$work/after" | while read -r link; do
		name=$(basename "$link")
		case $link in
		/etc/rc*) update-rc.d "$(echo "$name" | sed 's/^S[0-9]*//')" disable >/dev/null 2>&1 || true ;;
		*) rm -f "$link" ;;
		esac
	done
}

# Until this is taken back, packages cannot start what they install.
forbid_start() {
	if [ -e /usr/sbin/policy-rc.d ]; then
		cp -a /usr/sbin/policy-rc.d "$work/policy-rc.d"
	fi
	printf '#!/bin/sh\nexit 101\n' >"$work/forbid"
	chmod 755 "$work/forbid"
	cp "$work/forbid" /usr/sbin/policy-rc.d
}

give_back() {
	if [ -e "$work/policy-rc.d" ]; then
		cp -a "$work/policy-rc.d" /usr/sbin/policy-rc.d
	elif [ -e "$work/forbid" ]; then
		rm -f /usr/sbin/policy-rc.d
	fi
	if [ -e "$work/createcluster.conf" ]; then
		cp -a "$work/createcluster.conf" /etc/postgresql-common/createcluster.conf
	fi
	[ -e "$work/before" ] && disable_new
	rm -rf "$work"
}

refuse_removals() {
	removals=$(apt-get -s install --no-install-recommends "$@" | awk '$1 == "Remv" { print $2 }')
	if [ -n "$removals" ]; then
		echo "deps: installing would remove these packages, so nothing was done:" >&2
		echo "$removals" >&2
		exit 1
	fi
}

# The private clusters of tests are made by tests; the packaged one would only listen on 5432.
install_postgresql_common() {
	apt-get install -y -q --no-install-recommends postgresql-common
	conf=/etc/postgresql-common/createcluster.conf
	[ -e "$conf" ] || return 0
	cp -a "$conf" "$work/createcluster.conf"
	sed -i '/create_main_cluster/d' "$conf"
	echo 'create_main_cluster = false' >>"$conf"
}

install_packages() {
	export DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1
	work=$(mktemp -d)
	trap give_back EXIT
	trap 'exit 130' INT TERM HUP
	apt-get update -q
	refuse_removals "$@"
	list_enabled >"$work/before"
	forbid_start
	case " $* " in
	*" postfix "*)
		echo 'postfix postfix/main_mailer_type select No configuration' |
			debconf-set-selections
		;;
	esac
	case " $* " in
	*" postgresql "*) install_postgresql_common ;;
	esac
	apt-get install -y -q --no-install-recommends "$@"
}

# ---- start ----

if [ "${1:-}" = --install ]; then
	shift
	install_packages "$@"
	exit 0
fi

have=$(mktemp)
trap 'rm -f "$have"' EXIT
missing=$(list_missing | tr '\n' ' ')
missing=${missing% }
if [ -z "$missing" ]; then
	exit 0
fi

case " $missing " in
*" postfix "*)
	other=$(other_mail_server)
	if [ -n "$other" ]; then
		echo "deps: $other is installed and Postfix would replace it, so nothing was done." >&2
		echo "deps: the demonstration needs Postfix; remove $other yourself or use another machine." >&2
		exit 1
	fi
	;;
esac

if [ "$(id -u)" -eq 0 ]; then
	echo "deps: installing $missing"
	# shellcheck disable=SC2086
	sh "$0" --install $missing
elif command -v sudo >/dev/null && sudo -v; then
	echo "deps: installing $missing"
	# shellcheck disable=SC2086
	sudo sh "$0" --install $missing
else
	echo "deps: neither root nor sudo; please have these packages installed:" >&2
	echo "$missing"
	exit 2
fi
