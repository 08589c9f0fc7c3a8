/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/broker.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/out.h"
#include "config.h"
#include "fleet/authority.h"
#include "fleet/broker_priv.h"
#include "wire/wire.h"

#define FILE_MODE 0640
#define PEM_MAX   (64 * 1024)

static const char general[] = "# Written by penguin-hub broker-sync; it will be written again.\n"
			      "per_listener_settings true\n"
			      "persistence false\n"
			      "max_packet_size 262144\n"
			      "max_inflight_messages 200\n"
			      "max_queued_messages 10000\n"
			      "set_tcp_nodelay true\n"
			      "log_dest stderr\n"
			      "log_type error\n"
			      "log_type warning\n"
			      "log_type notice\n";

static enum err put(struct scope *sc, const char *dir, const char *name, const char *text)
{
	return file_write(sc, arena_printf(sc->mem, "%s/%s", dir, name), FILE_MODE,
		bytes_of(text, strlen(text)));
}

static enum err copy(struct scope *sc, const char *dir, const char *name, const char *from)
{
	struct bytes text;
	enum err e = file_read(sc, from, PEM_MAX, &text);

	return e ? e : put(sc, dir, name, text.data);
}

/* An address of this machine alone stays so; a name listens everywhere, the firewall decides. */
static const char *bind_to(const char *host)
{
	struct in6_addr a;

	return inet_pton(AF_INET, host, &a) == 1 || inet_pton(AF_INET6, host, &a) == 1 ? host : "";
}

struct listener {
	const char *what, *host, *ca, *acl;
	int64_t port;
	bool names; /* the certificate's name is the client's id too, and its revocation counts */
};

static void put_listener(struct out *o, const char *dir, const struct listener *l)
{
	out_printf(o, "\n# %s\nlistener %lld %s\n", l->what, (long long)l->port, bind_to(l->host));
	out_printf(o, "cafile %s/%s\ncertfile %s/broker.crt\nkeyfile %s/broker.key\n", dir, l->ca,
		dir, dir);
	out_text(o, "require_certificate true\nuse_identity_as_username true\n"
		    "allow_anonymous false\n");
	if (l->names)
		out_printf(o, "use_username_as_clientid true\ncrlfile %s/revoked.pem\n", dir);
	out_printf(o, "acl_file %s/%s\n", dir, l->acl);
}

static const char *config_text(struct scope *sc, const char *dir)
{
	const struct config *c = hub_of(sc)->config;
	struct out o;

	out_init(&o, sc->mem);
	out_text(&o, general);
	out_printf(&o, "pid_file %s/mosquitto.pid\n", dir);
	/* Started by root it would become another user, who may not read what root wrote here. */
	if (geteuid() == 0)
		out_text(&o, "user root\n");
	put_listener(&o, dir,
		&(struct listener){ .what = "appliances",
			.host = c->broker_agent_host,
			.ca = "agent-ca.pem",
			.acl = "appliances.acl",
			.port = c->broker_agent_port,
			.names = true });
	put_listener(&o, dir,
		&(struct listener){ .what = "hubs: a private address",
			.host = c->broker_host,
			.ca = "hub-ca.pem",
			.acl = "hubs.acl",
			.port = c->broker_port });
	return o.data;
}

static const char *appliance_rules(struct scope *sc)
{
	struct out o;

	out_init(&o, sc->mem);
	for (int t = 0; t < WIRE_TYPES; t++)
		out_printf(&o, "pattern %s pm/1/%%u/%s\n",
			wire_goes_up((enum wire_type)t) ? "write" : "read",
			wire_type_name((enum wire_type)t));
	return o.data;
}

enum err fleet_broker_files(struct scope *sc, const char *dir)
{
	struct authority_files f = authority_paths(sc);
	/* Lines before any "user" would hold for nameless clients only; a pattern holds for all. */
	enum err e = put(sc, dir, "hubs.acl", "pattern readwrite pm/1/#\n");

	if (!e)
		e = put(sc, dir, "appliances.acl", appliance_rules(sc));
	if (!e)
		e = copy(sc, dir, "agent-ca.pem", f.agent_ca);
	if (!e)
		e = copy(sc, dir, "hub-ca.pem", f.hub_ca);
	if (!e)
		e = copy(sc, dir, "broker.key", f.broker_key);
	if (!e)
		e = copy(sc, dir, "broker.crt", f.broker_cert);
	if (!e)
		e = copy(sc, dir, "revoked.pem", f.crl);
	if (!e)
		e = put(sc, dir, "mosquitto.conf", config_text(sc, dir));
	return e;
}

static int64_t pid_of(struct scope *sc, const char *dir)
{
	const char *text;
	int64_t pid = 0;

	if (file_text(sc, arena_printf(sc->mem, "%s/mosquitto.pid", dir), 32, &text) ||
		!str_int(text, 2, INT32_MAX, &pid) ||
		/* A file that was left behind may name anybody by now. */
		file_text(
			sc, arena_printf(sc->mem, "/proc/%lld/comm", (long long)pid), 64, &text) ||
		!str_eq(text, "mosquitto"))
		pid = 0;
	scope_clear(sc);
	return pid;
}

enum err fleet_broker_sync(struct scope *sc, const char *dir, int64_t *pid)
{
	char whole[PATH_MAX];
	enum err e = file_folder(sc, hub_of(sc)->config->state_dir, 0700);

	if (!e)
		e = file_folder(sc, dir, 0750);
	if (!e && !realpath(dir, whole))
		e = fail(sc, ERR_AWAY, "%s cannot be found", dir);
	if (!e)
		e = authority_start(sc);
	if (!e)
		e = authority_write(sc, NULL);
	if (!e)
		e = fleet_broker_files(sc, whole);
	if (!e && pid)
		*pid = pid_of(sc, whole);
	return e;
}
