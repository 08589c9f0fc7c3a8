/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What appliances say of their lanes, kept. Numbers are absolute, so that the newest stands. */
#include "base/log.h"
#include "event/event.h"
#include "sender/mailbox.h"
#include "warmup/lane.h"
#include "wire/warmup.h"

SQL(lane_put, SQL_TENANT,
	"INSERT INTO lane (tenant, unit, unit_id, provider, appliance, plan, version, day, step, "
	"cap, sent, queued, state, held_by, reason, until, rate, told_at) VALUES ($1, $2, $3, $4, "
	"$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) "
	"ON CONFLICT (tenant, unit, unit_id, provider) DO UPDATE SET "
	"appliance = excluded.appliance, plan = excluded.plan, version = excluded.version, "
	"day = excluded.day, step = excluded.step, cap = excluded.cap, sent = excluded.sent, "
	"queued = excluded.queued, state = excluded.state, held_by = excluded.held_by, "
	"reason = excluded.reason, until = excluded.until, rate = excluded.rate, "
	"told_at = excluded.told_at WHERE lane.day <= excluded.day");
SQL(lane_put_day, SQL_TENANT,
	"INSERT INTO lane_day (tenant, unit, unit_id, provider, day, step, cap, mails, retries, "
	"fresh, ended, accepted, deferred, hard, infra, complained) VALUES ($1, $2, $3, $4, $5, "
	"$6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) "
	"ON CONFLICT (tenant, unit, unit_id, provider, day) DO UPDATE SET step = excluded.step, "
	"cap = excluded.cap, mails = excluded.mails, retries = excluded.retries, "
	"fresh = excluded.fresh, ended = excluded.ended, accepted = excluded.accepted, "
	"deferred = excluded.deferred, hard = excluded.hard, infra = excluded.infra, "
	/* Complaints are known here first. */
	"complained = CASE WHEN lane_day.complained > excluded.complained "
	"THEN lane_day.complained ELSE excluded.complained END");
SQL(lane_put_decision, SQL_TENANT,
	"INSERT INTO lane_day (tenant, unit, unit_id, provider, day, step, cap, mails, retries, "
	"fresh, ended, accepted, deferred, hard, infra, complained, decision, reason, step_next, "
	"cap_next, inputs) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 0, 0, 0, 0, 0, 0, $8, $9, "
	"$10, $11, $12) ON CONFLICT (tenant, unit, unit_id, provider, day) DO UPDATE SET "
	"decision = excluded.decision, reason = excluded.reason, "
	"step_next = excluded.step_next, cap_next = excluded.cap_next, inputs = excluded.inputs");

/* Whose lane it is; false for a mailbox that is not the tenant's. */
static enum err name_of(struct scope *sc, int64_t appliance, int64_t kind, int64_t mailbox,
	const char *provider, struct lane_name *l, bool *known)
{
	struct mailbox m;
	enum err e;

	*known = true;
	*l = (struct lane_name){ wire_lane_name((enum wire_lane)kind), appliance,
		provider ? provider : "" };
	if (kind != WIRE_LANE_MAILBOX)
		return ERR_NONE;
	l->unit_id = mailbox;
	e = mailbox_find(sc, mailbox, &m);
	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	*known = false;
	return ERR_NONE;
}

/* A fact that this hub cannot read holds up none behind it. */
static enum err pass_over(struct scope *sc, enum err e)
{
	if (e != ERR_INPUT && e != ERR_LIMIT)
		return e;
	log_failure(sc, "what an appliance says of a lane cannot be read");
	scope_clear(sc);
	return ERR_NONE;
}

/* A day's end is said at midnight, and is about the day before. */
static int64_t day_of(const struct wire_lane_said *m)
{
	static const char *const daily[] = { "advance", "hold", "decay", "restart" };

	for (size_t i = 0; i < COUNT(daily); i++)
		if (str_eq(m->decision, daily[i]))
			return clock_day(m->at - 1);
	return clock_day(m->at);
}

/* Rates and rules come and go within a day and move no step. */
static bool moves(const struct wire_lane_said *m)
{
	return !str_eq(m->decision, "slower") && !str_eq(m->decision, "faster") &&
	       !str_eq(m->decision, "shape");
}

enum err lane_said(struct scope *sc, int64_t appliance, const char *body)
{
	struct wire_lane_said m;
	struct lane_name l;
	const char *data;
	struct bytes own;
	bool known;
	enum err e = body ? wire_get_lane_said(sc, bytes_of(body, strlen(body)), &m) : ERR_INPUT;

	if (e)
		return pass_over(sc, e);
	e = name_of(sc, appliance, m.kind, m.mailbox, m.provider, &l, &known);
	if (e || !known)
		return e;
	/* As this hub understood it: fields it does not know are left out. */
	own = wire_put_lane_said(sc, &m);
	data = arena_copy(sc->mem, own.data, own.len);
	event_add(
		sc, &(struct event){ .kind = "lane.decided", .subject = l.unit_id, .data = data });
	if (!moves(&m))
		return ERR_NONE;
	return db_run(sc, &lane_put_decision,
		BIND(V(l.unit), V(l.unit_id), V(l.provider), V(day_of(&m)), V(m.step), V(m.cap),
			V(m.decision), V(m.reason), V(m.step_next), V(m.cap_next), V(data)),
		NULL);
}

enum err lane_told(struct scope *sc, int64_t appliance, const char *body)
{
	struct wire_lane_day m;
	struct lane_name l;
	bool known;
	enum err e = body ? wire_get_lane_day(sc, bytes_of(body, strlen(body)), &m) : ERR_INPUT;

	if (e)
		return pass_over(sc, e);
	e = name_of(sc, appliance, m.kind, m.mailbox, m.provider, &l, &known);
	if (e || !known)
		return e;
	e = db_run(sc, &lane_put,
		BIND(V(l.unit), V(l.unit_id), V(l.provider), V(appliance), V(m.plan), V(m.version),
			V(m.day), V(m.step), V(m.cap), V(m.sent), V(m.queued), V(m.state), V(m.by),
			V(m.reason), V(m.until), V(m.rate), V(now_real(sc).ms)),
		NULL);
	if (e)
		return e;
	return db_run(sc, &lane_put_day,
		BIND(V(l.unit), V(l.unit_id), V(l.provider), V(m.day), V(m.step), V(m.cap),
			V(m.mails), V(m.retries), V(m.fresh), V(m.ended), V(m.accepted),
			V(m.deferred), V(m.hard), V(m.infra), V(m.complained)),
		NULL);
}
