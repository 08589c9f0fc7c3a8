/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A person's hand on a lane: told to its appliance, written down, and done there. */
#include "event/event.h"
#include "fleet/appliance.h"
#include "sender/mailbox.h"
#include "tenant/audit.h"
#include "warmup/lane.h"
#include "warmup/warmup.h"

/* Numbers grow with the clock, so that a hub restored from a copy uses none twice. */
SQL(hand_put, SQL_TENANT,
	"INSERT INTO lane_hand (tenant, appliance, n, unit, unit_id, provider, what, step, "
	"created) SELECT $1, $2, CASE WHEN COALESCE(MAX(n), 0) < CAST($8 AS BIGINT) "
	"THEN CAST($8 AS BIGINT) ELSE MAX(n) + 1 END, $3, $4, $5, $6, $7, $8 "
	"FROM lane_hand WHERE tenant = $1 AND appliance = $2");
SQL(hand_order, SQL_TENANT,
	"INSERT INTO lane_order (tenant, unit, unit_id, provider, appliance, rate, reason, until, "
	"created) VALUES ($1, $2, $3, $4, $5, 0, 'hand', $6, $7) "
	"ON CONFLICT (tenant, unit, unit_id, provider) DO UPDATE SET "
	"appliance = excluded.appliance, rate = 0, reason = excluded.reason, "
	"until = excluded.until, created = excluded.created");
SQL(hand_free, SQL_TENANT,
	"DELETE FROM lane_order WHERE tenant = $1 AND unit = $2 AND unit_id = $3 "
	"AND provider = $4");
SQL(hand_held, SQL_TENANT,
	"SELECT until FROM lane_order WHERE tenant = $1 AND unit = $2 AND unit_id = $3 "
	"AND provider = $4 AND (until = 0 OR until > $5)");

struct doing {
	const struct lane_name *lane;
	const char *what;
	int64_t step, days;
};

/* Where the lane is; ERR_MISSING for another tenant's. */
static enum err appliance_of(struct scope *sc, const struct lane_name *l, int64_t *id)
{
	struct appliance a;
	struct mailbox m;
	enum err e;

	if (!str_eq(l->unit, "mailbox")) {
		*id = l->unit_id;
		return appliance_find(sc, l->unit_id, &a);
	}
	e = mailbox_find(sc, l->unit_id, &m);
	if (!e && !m.appliance)
		return fail(sc, ERR_CONFLICT, "The mailbox has no appliance yet");
	*id = e ? 0 : m.appliance;
	return e;
}

static void note(struct scope *sc, const struct doing *d)
{
	event_addf(sc, "lane.hand", d->lane->unit_id,
		"{\"unit\":\"%s\",\"provider\":\"%s\",\"what\":\"%s\",\"step\":%lld}",
		d->lane->unit, d->lane->provider, d->what, (long long)d->step);
}

static enum err do_hand(struct scope *sc, void *arg)
{
	const struct doing *d = arg;
	const struct lane_name *l = d->lane;
	int64_t appliance;
	enum err e = appliance_of(sc, l, &appliance);

	if (!e)
		e = db_run(sc, &hand_put,
			BIND(V(appliance), V(l->unit), V(l->unit_id), V(l->provider), V(d->what),
				V(d->step), V(now_real(sc).ms)),
			NULL);
	if (!e)
		e = warmup_push(sc, appliance);
	if (e)
		return e;
	note(sc, d);
	return audit_add(sc, arena_printf(sc->mem, "lane.%s", d->what), l->unit_id);
}

enum err lane_act(struct scope *sc, const struct lane_name *l, const char *what, int64_t step)
{
	static const char *const known[] = { "free", "back", "restart", "step" };

	for (size_t i = 0; i < COUNT(known); i++)
		if (str_eq(what, known[i]))
			return db_write(sc, do_hand,
				&(struct doing){ .lane = l, .what = known[i], .step = step });
	return fail_field(sc, "what", "This is nothing that can be done to a lane");
}

static enum err do_hold(struct scope *sc, void *arg)
{
	const struct doing *d = arg;
	const struct lane_name *l = d->lane;
	int64_t appliance, until = d->days ? now_plan(sc).ms + d->days * DAY_MS : 0;
	enum err e = appliance_of(sc, l, &appliance);

	if (!e)
		e = db_run(sc, &hand_order,
			BIND(V(l->unit), V(l->unit_id), V(l->provider), V(appliance), V(until),
				V(now_real(sc).ms)),
			NULL);
	if (!e)
		e = warmup_push(sc, appliance);
	if (e)
		return e;
	note(sc, d);
	return audit_add(sc, "lane.hold", l->unit_id);
}

enum err lane_hold(struct scope *sc, const struct lane_name *l, int64_t days)
{
	return db_write(sc, do_hold, &(struct doing){ .lane = l, .what = "hold", .days = days });
}

static enum err do_let_go(struct scope *sc, void *arg)
{
	const struct doing *d = arg;
	const struct lane_name *l = d->lane;
	int64_t appliance, changed;
	enum err e = appliance_of(sc, l, &appliance);

	if (!e)
		e = db_run(
			sc, &hand_free, BIND(V(l->unit), V(l->unit_id), V(l->provider)), &changed);
	if (e || !changed)
		return e;
	e = warmup_push(sc, appliance);
	if (e)
		return e;
	note(sc, d);
	return audit_add(sc, "lane.let_go", l->unit_id);
}

enum err lane_let_go(struct scope *sc, const struct lane_name *l)
{
	return db_write(sc, do_let_go, &(struct doing){ .lane = l, .what = "let_go" });
}

enum err lane_is_held(struct scope *sc, const struct lane_name *l, bool *held, int64_t *until)
{
	enum err e = db_int(sc, &hand_held,
		BIND(V(l->unit), V(l->unit_id), V(l->provider), V(now_plan(sc).ms)), until);

	*held = e == ERR_NONE;
	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	*until = 0;
	return ERR_NONE;
}
