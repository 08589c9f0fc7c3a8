/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/fleet.h"

#include "base/file.h"
#include "config.h"
#include "crypt/secret.h"
#include "event/event.h"
#include "fleet/appliance.h"
#include "fleet/authority.h"
#include "fleet/part.h"

#define HALT_SETTING "fleet.stopped"

SQL(halt_get, SQL_DIRECTORY, "SELECT value FROM setting WHERE name = $1");
SQL(halt_set, SQL_DIRECTORY,
	"INSERT INTO setting (name, value) VALUES ($1, $2) "
	"ON CONFLICT (name) DO UPDATE SET value = excluded.value");
SQL(halt_clear, SQL_DIRECTORY, "DELETE FROM setting WHERE name = $1");
SQL(halt_uplinks, SQL_ENGINE, "UPDATE uplink SET stopped = 1");
SQL(fleet_tenants, SQL_ENGINE, "SELECT DISTINCT tenant FROM uplink ORDER BY tenant");
SQL(fleet_ours, SQL_TENANT,
	"SELECT id FROM appliance WHERE tenant = $1 AND state IN ('active', 'stopped') "
	"ORDER BY id");
SQL(fleet_why, SQL_TENANT,
	"SELECT a.state AS state, a.reason AS reason, t.standing AS standing, "
	"t.reason AS tenant_reason FROM appliance a JOIN tenant t ON t.tenant = a.tenant "
	"WHERE a.tenant = $1 AND a.id = $2");
SQL(fleet_mark, SQL_ENGINE, "UPDATE uplink SET stopped = $2 WHERE appliance = $1");
SQL(fleet_links, SQL_SYSTEM,
	"SELECT tenant, appliance FROM part WHERE name = 'link' AND hash <> $1 "
	"ORDER BY tenant, appliance");

struct standing {
	const char *state, *reason, *standing, *tenant_reason;
};
SHAPE(standing_shape, struct standing, COL(struct standing, state), COL(struct standing, reason),
	COL(struct standing, standing), COL(struct standing, tenant_reason));

struct one_id {
	int64_t id;
};
SHAPE(id_shape, struct one_id, COL(struct one_id, id));
struct one_tenant {
	int64_t tenant;
};
SHAPE(tenant_shape, struct one_tenant, COL(struct one_tenant, tenant));
struct place {
	int64_t tenant, appliance;
};
SHAPE(place_shape, struct place, COL(struct place, tenant), COL(struct place, appliance));

enum err fleet_halted(struct scope *sc, const char **reason)
{
	const char *text = NULL;
	enum err e = db_text(sc, &halt_get, BIND(V(HALT_SETTING)), &text);

	if (e && e != ERR_MISSING)
		return e;
	*reason = text;
	return ERR_NONE;
}

/* ---- control ---- */

/* Why nothing may leave it, the nearest hand first; NULL when it may. */
static const char *why_stopped(const struct standing *s, const char *halt)
{
	if (!str_eq(s->state, "active"))
		return str_empty(s->reason) ? s->state : s->reason;
	if (!str_eq(s->standing, "active"))
		return str_empty(s->tenant_reason) ? "tenant stopped" : s->tenant_reason;
	return halt;
}

enum err control_put(struct scope *sc, int64_t appliance)
{
	struct part_control control = { false, NULL };
	const char *halt = NULL;
	struct standing s;
	enum err e = db_one(sc, &fleet_why, BIND(V(appliance)), &standing_shape, &s);

	if (e == ERR_MISSING)
		return fail(sc, e, "There is no such appliance");
	if (!e)
		e = fleet_halted(sc, &halt);
	if (e)
		return e;
	control.reason = why_stopped(&s, halt);
	control.stopped = control.reason != NULL;
	e = db_run(sc, &fleet_mark, BIND(V(appliance), V((int64_t)control.stopped)), NULL);
	if (!e)
		e = part_put(sc, appliance, PART_CONTROL, wire_put_control(sc, &control));
	return e;
}

static enum err refresh(struct scope *sc, void *arg)
{
	struct one_id *rows;
	size_t n;
	enum err e = db_list(sc, &fleet_ours, BIND_NONE, &id_shape, &rows, &n);

	for (size_t i = 0; !e && i < n; i++)
		e = control_put(sc, rows[i].id);
	return e;
}

enum err control_refresh(struct scope *sc)
{
	return refresh(sc, NULL);
}

/* ---- halt ---- */

static enum err write_halt(struct scope *sc, void *arg)
{
	const char *reason = arg;
	enum err e;

	if (!reason)
		return db_run(sc, &halt_clear, BIND(V(HALT_SETTING)), NULL);
	e = db_run(sc, &halt_set, BIND(V(HALT_SETTING), V(reason)), NULL);
	/* At once for all: the parts follow tenant by tenant. */
	return e ? e : db_run(sc, &halt_uplinks, BIND_NONE, NULL);
}

static enum err spread_halt(struct scope *sc, void *arg)
{
	const bool *stopped = arg;
	enum err e = refresh(sc, NULL);

	if (!e)
		event_add(sc, &(struct event){ .kind = *stopped ? "fleet.stopped" : "fleet.resumed",
				      .subject = sc->tenant });
	return e;
}

enum err fleet_halt(struct scope *sc, const char *reason)
{
	bool stopped = reason != NULL;
	struct one_tenant *tenants;
	size_t n;
	enum err e;

	if (stopped && (str_empty(reason) || strlen(reason) > 200))
		return fail_field(sc, "reason", "A reason has 1 to 200 bytes");
	e = db_write(sc, write_halt, (void *)(uintptr_t)reason);
	if (!e)
		e = db_list(sc, &fleet_tenants, BIND_NONE, &tenant_shape, &tenants, &n);
	for (size_t i = 0; !e && i < n; i++) {
		struct scope each;

		scope_open_for(&each, sc, tenants[i].tenant);
		e = db_write(&each, spread_halt, &stopped);
		if (e)
			(void)fail(sc, e, "%s", each.why);
		scope_close(&each);
	}
	return e;
}

/* ---- link ---- */

enum err link_text(struct scope *sc, struct bytes *body)
{
	const struct config *c = hub_of(sc)->config;
	const struct clock *clock = sc->world->clock;
	struct part_link link = { .broker_host = c->broker_agent_host,
		.broker_port = c->broker_agent_port,
		.hub_url = c->agents_url,
		.anchor_real = clock->anchor_real,
		.anchor_plan = clock->anchor_plan,
		.rate = clock->rate };
	enum err e = authority_bundle(sc, AUTHORITY_SERVER, &link.ca);

	if (!e)
		*body = wire_put_link(sc, &link);
	return e;
}

enum err link_put(struct scope *sc, int64_t appliance)
{
	struct bytes body;
	enum err e = link_text(sc, &body);

	return e ? e : part_put(sc, appliance, PART_LINK, body);
}

static enum err write_link(struct scope *sc, void *arg)
{
	return link_put(sc, *(const int64_t *)arg);
}

static enum err renew_links(struct scope *sc)
{
	unsigned char raw[HASH_BYTES];
	struct place *rows;
	struct bytes body;
	size_t n = 0;
	enum err e = link_text(sc, &body);

	if (e)
		return e;
	sha256(body, raw);
	e = db_list(sc, &fleet_links, BIND(V((const char *)str_hex(sc->mem, raw, sizeof raw))),
		&place_shape, &rows, &n);
	for (size_t i = 0; !e && i < n; i++) {
		struct scope each;

		scope_open_for(&each, sc, rows[i].tenant);
		e = db_write(&each, write_link, &rows[i].appliance);
		if (e)
			(void)fail(sc, e, "%s", each.why);
		scope_close(&each);
	}
	return e;
}

enum err fleet_start(struct scope *sc)
{
	enum err e = file_folder(sc, hub_of(sc)->config->state_dir, 0700);

	if (!e)
		e = authority_start(sc);
	if (!e)
		e = authority_write(sc, NULL);
	if (!e)
		e = renew_links(sc);
	return e;
}
