/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/appliance.h"

#include "base/id.h"
#include "event/event.h"
#include "fleet/address.h"
#include "fleet/fleet.h"
#include "fleet/uplink.h"

#define NAME_MAX_BYTES   60
#define REASON_MAX_BYTES 200

SQL(appliance_add, SQL_TENANT,
	"INSERT INTO appliance (tenant, id, name, state, created) VALUES ($1, $2, $3, 'planned', $4) "
	"ON CONFLICT (tenant, name) DO NOTHING");
#define APPLIANCE_COLUMNS                                                                          \
	"a.id AS id, a.name AS name, a.state AS state, a.health AS health, a.reason AS reason, "   \
	"a.version AS version, a.caps AS caps, a.metric AS metric, a.waiting AS waiting, "         \
	"a.created AS created, a.enrolled_at AS enrolled_at, a.seen_at AS seen_at, "               \
	"u.credit AS credit, u.spent AS spent, u.held AS held, u.cert_until AS cert_until, "       \
	"u.revoked_at AS revoked_at, CASE WHEN k.since IS NULL THEN 0 ELSE 1 END AS catching_up "  \
	"FROM appliance a LEFT JOIN uplink u ON u.appliance = a.id "                               \
	"LEFT JOIN catch_up k ON k.appliance = a.id "
SQL(appliance_by_id, SQL_TENANT, "SELECT " APPLIANCE_COLUMNS "WHERE a.tenant = $1 AND a.id = $2");
SQL(appliance_by_name, SQL_TENANT,
	"SELECT " APPLIANCE_COLUMNS "WHERE a.tenant = $1 AND a.name = $2");
SQL(appliance_rows, SQL_TENANT,
	"SELECT " APPLIANCE_COLUMNS "WHERE a.tenant = $1 AND a.name > $2 ORDER BY a.name LIMIT $3");
SQL(appliance_move, SQL_TENANT,
	"UPDATE appliance SET state = $3, reason = $4 WHERE tenant = $1 AND id = $2 AND state = $5");
SQL(appliance_heard, SQL_TENANT,
	"UPDATE appliance SET seen_at = $3, version = COALESCE($4, version), "
	"caps = COALESCE($5, caps) WHERE tenant = $1 AND id = $2");
SQL(appliance_link_heard, SQL_ENGINE, "UPDATE uplink SET seen_at = $2 WHERE appliance = $1");
SQL(appliance_feels, SQL_TENANT,
	"UPDATE appliance SET health = $3, reason = $4 WHERE tenant = $1 AND id = $2 "
	"AND (health <> $3 OR COALESCE(reason, '') <> COALESCE($4, '')) AND state = 'active'");
SQL(appliance_holds, SQL_TENANT,
	"UPDATE appliance SET waiting = $3 WHERE tenant = $1 AND id = $2 AND waiting <> $3");
SQL(appliance_measured, SQL_TENANT,
	"UPDATE appliance SET metric = $3 WHERE tenant = $1 AND id = $2");

SHAPE(appliance_shape, struct appliance, COL(struct appliance, id), COL(struct appliance, name),
	COL(struct appliance, state), COL(struct appliance, health), COL(struct appliance, reason),
	COL(struct appliance, version), COL(struct appliance, caps), COL(struct appliance, metric),
	COL(struct appliance, waiting), COL(struct appliance, created),
	COL(struct appliance, enrolled_at), COL(struct appliance, seen_at),
	COL(struct appliance, credit), COL(struct appliance, spent), COL(struct appliance, held),
	COL(struct appliance, cert_until), COL(struct appliance, revoked_at),
	COL(struct appliance, catching_up));

/* ---- reading ---- */

static enum err or_missing(struct scope *sc, enum err e)
{
	return e == ERR_MISSING ? fail(sc, e, "There is no such appliance") : e;
}

enum err appliance_find(struct scope *sc, int64_t id, struct appliance *a)
{
	return or_missing(sc, db_one(sc, &appliance_by_id, BIND(V(id)), &appliance_shape, a));
}

enum err appliance_find_name(struct scope *sc, const char *name, struct appliance *a)
{
	return or_missing(sc, db_one(sc, &appliance_by_name, BIND(V(name)), &appliance_shape, a));
}

enum err appliance_list(
	struct scope *sc, const char *after, int limit, struct appliance **rows, size_t *n)
{
	return db_list(sc, &appliance_rows, BIND(V(after ? after : ""), V((int64_t)limit)),
		&appliance_shape, rows, n);
}

bool appliance_is_online(const struct scope *sc, const struct appliance *a)
{
	return a->seen_at >= now_real(sc).ms - APPLIANCE_SILENT_MS;
}

/* ---- planning ---- */

struct plan_in {
	const char *name;
	int64_t id;
};

static enum err write_plan(struct scope *sc, void *arg)
{
	struct plan_in *in = arg;
	int64_t changed;
	enum err e;

	in->id = new_id(sc);
	e = db_run(sc, &appliance_add, BIND(V(in->id), V(in->name), V(now_real(sc).ms)), &changed);
	if (!e && !changed)
		return fail(sc, ERR_CONFLICT, "There is an appliance of this name already");
	if (!e)
		event_add(sc, &(struct event){ .kind = "appliance.planned", .subject = in->id });
	return e;
}

enum err appliance_plan(struct scope *sc, const char *name, int64_t *id)
{
	struct plan_in in = { .name = name ? str_trim(sc->mem, name) : "" };
	enum err e;

	if (str_empty(in.name) || strlen(in.name) > NAME_MAX_BYTES)
		return fail_field(sc, "name", "A name has 1 to 60 bytes");
	e = db_write(sc, write_plan, &in);
	if (!e)
		*id = in.id;
	return e;
}

/* ---- the operator's hand ---- */

/* A way from some states to another, and what comes with it. */
struct move {
	const char *to, *event;
	const char *from[5]; /* ended by NULL */
	const char *no;      /* what is said in any other state */
	bool revokes, empties;
};

static const struct move to_stopped = { "stopped", "appliance.stopped", { "active" },
	"Only an active appliance can be stopped", false, false };
static const struct move to_active = { "active", "appliance.resumed", { "stopped" },
	"Only a stopped appliance can be resumed", false, false };
static const struct move to_lost = { "lost", "appliance.lost", { "active", "stopped" },
	"Only an active or stopped appliance can be lost", true, false };
static const struct move to_retired = { "retired", "appliance.retired",
	{ "planned", "active", "stopped", "lost" }, "The appliance is retired already", true,
	true };

struct move_in {
	const struct move *move;
	int64_t id;
	const char *reason;
};

static bool allows(const struct move *m, const char *state)
{
	for (const char *const *from = m->from; *from; from++)
		if (str_eq(*from, state))
			return true;
	return false;
}

static enum err write_move(struct scope *sc, void *arg)
{
	const struct move_in *in = arg;
	struct appliance a;
	int64_t changed = 0;
	enum err e = appliance_find(sc, in->id, &a);

	if (e)
		return e;
	if (!allows(in->move, a.state))
		return fail(sc, ERR_CONFLICT, "%s", tr(sc, in->move->no));
	if (in->move->empties && a.waiting > 0 && !str_eq(a.state, "lost"))
		return fail(sc, ERR_CONFLICT, "Mail is still waiting in this appliance");
	e = db_run(sc, &appliance_move, BIND(V(in->id), V(in->move->to), V(in->reason), V(a.state)),
		&changed);
	if (!e && !changed)
		return fail(sc, ERR_CONFLICT, "%s", tr(sc, in->move->no));
	if (!e)
		e = control_put(sc, in->id);
	if (!e && in->move->revokes)
		e = uplink_revoke(sc, in->id);
	if (!e && in->move->revokes)
		e = address_leave(sc, in->id);
	if (!e)
		event_addf(sc, in->move->event, in->id, "{\"appliance\":\"%s\"}",
			id_format(sc->mem, ID_APPLIANCE, in->id));
	return e;
}

static enum err move(struct scope *sc, const struct move *m, int64_t id, const char *reason)
{
	if (reason && strlen(reason) > REASON_MAX_BYTES)
		return fail_field(sc, "reason", "A reason has at most 200 bytes");
	return db_write(sc, write_move, &(struct move_in){ m, id, reason });
}

enum err appliance_stop(struct scope *sc, int64_t id, const char *reason)
{
	return move(sc, &to_stopped, id, reason);
}

enum err appliance_resume(struct scope *sc, int64_t id)
{
	return move(sc, &to_active, id, NULL);
}

enum err appliance_lost(struct scope *sc, int64_t id, const char *reason)
{
	return move(sc, &to_lost, id, reason);
}

enum err appliance_retire(struct scope *sc, int64_t id)
{
	return move(sc, &to_retired, id, NULL);
}

/* ---- what it says of itself ---- */

enum err appliance_seen(struct scope *sc, int64_t id, const char *version, const char *caps)
{
	int64_t now = now_real(sc).ms;
	enum err e = db_run(sc, &appliance_heard, BIND(V(id), V(now), V(version), V(caps)), NULL);

	return e ? e : db_run(sc, &appliance_link_heard, BIND(V(id), V(now)), NULL);
}

enum err appliance_health(
	struct scope *sc, int64_t id, const char *health, const char *reason, int64_t waiting)
{
	int64_t changed = 0;
	enum err e = db_run(sc, &appliance_feels, BIND(V(id), V(health), V(reason)), &changed);

	if (!e && changed)
		event_addf(sc, "appliance.health", id, "{\"appliance\":\"%s\",\"health\":\"%s\"}",
			id_format(sc->mem, ID_APPLIANCE, id), health);
	if (!e)
		e = db_run(sc, &appliance_holds, BIND(V(id), V(waiting)), NULL);
	return e;
}

enum err appliance_metric(struct scope *sc, int64_t id, const char *metric)
{
	return db_run(sc, &appliance_measured, BIND(V(id), V(metric)), NULL);
}
