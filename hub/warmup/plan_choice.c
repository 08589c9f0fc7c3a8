/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which plan warms up what: for a mailbox its own, else its appliance's, else the company's. */
#include "base/id.h"
#include "event/event.h"
#include "fleet/appliance.h"
#include "sender/mailbox.h"
#include "tenant/audit.h"
#include "warmup/plan.h"
#include "warmup/warmup.h"

SQL(choice_of, SQL_TENANT,
	"SELECT ramp FROM ramp_choice WHERE tenant = $1 AND unit = $2 AND unit_id = $3");
SQL(choice_put, SQL_TENANT,
	"INSERT INTO ramp_choice (tenant, unit, unit_id, ramp, since) VALUES ($1, $2, $3, $4, $5) "
	"ON CONFLICT (tenant, unit, unit_id) DO UPDATE SET ramp = excluded.ramp, "
	"since = excluded.since");
SQL(choice_drop, SQL_TENANT,
	"DELETE FROM ramp_choice WHERE tenant = $1 AND unit = $2 AND unit_id = $3");

const char *plan_unit_name(enum plan_unit u)
{
	static const char *const names[PLAN_UNITS] = { "tenant", "appliance", "mailbox" };

	return u < PLAN_UNITS ? names[u] : "?";
}

enum err plan_choice_parse(struct scope *sc, const char *text, int64_t *plan)
{
	if (str_eq(text, "none"))
		*plan = PLAN_NONE;
	else if (str_eq(text, "inherit"))
		*plan = PLAN_INHERIT;
	else if (!id_parse(text, ID_RAMP, plan) || *plan <= 0)
		return fail_field(sc, "plan", "This is no plan");
	return ERR_NONE;
}

const char *plan_choice_format(struct scope *sc, int64_t plan)
{
	return plan == PLAN_NONE      ? "none"
	       : plan == PLAN_INHERIT ? "inherit"
				      : id_format(sc->mem, ID_RAMP, plan);
}

enum err plan_choice(struct scope *sc, enum plan_unit unit, int64_t unit_id, int64_t *plan)
{
	enum err e = db_int(sc, &choice_of, BIND(V(plan_unit_name(unit)), V(unit_id)), plan);

	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	*plan = PLAN_INHERIT;
	return ERR_NONE;
}

enum err plan_in_force(struct scope *sc, int64_t appliance, int64_t mailbox, int64_t *plan)
{
	const int64_t ids[PLAN_UNITS] = { 0, appliance, mailbox };
	enum err e = ERR_NONE;

	*plan = PLAN_INHERIT;
	for (int u = PLAN_MAILBOX; !e && u >= PLAN_TENANT && *plan == PLAN_INHERIT; u--)
		if (ids[u] || u == PLAN_TENANT)
			e = plan_choice(sc, (enum plan_unit)u, ids[u], plan);
	if (*plan == PLAN_INHERIT)
		*plan = PLAN_NONE;
	return e;
}

struct choosing {
	enum plan_unit unit;
	int64_t unit_id, plan;
};

/* The appliance it concerns, 0 for all. ERR_MISSING for what is not the company's. */
static enum err whose(struct scope *sc, const struct choosing *c, int64_t *appliance)
{
	struct appliance a;
	struct mailbox m;
	enum err e = ERR_NONE;

	*appliance = 0;
	if (c->unit == PLAN_APPLIANCE) {
		e = appliance_find(sc, c->unit_id, &a);
		*appliance = c->unit_id;
	} else if (c->unit == PLAN_MAILBOX) {
		e = mailbox_find(sc, c->unit_id, &m);
		*appliance = e ? 0 : m.appliance;
	}
	return e;
}

static enum err choose(struct scope *sc, void *arg)
{
	const struct choosing *c = arg;
	const char *unit = plan_unit_name(c->unit);
	int64_t appliance, subject = c->unit == PLAN_TENANT ? sc->tenant : c->unit_id;
	struct plan_row p;
	enum err e = whose(sc, c, &appliance);

	if (!e && c->plan > 0)
		e = plan_find(sc, c->plan, &p);
	if (!e && c->plan > 0 && !str_eq(p.state, "active"))
		return fail_field(sc, "plan", "This plan is retired");
	if (!e && c->plan == PLAN_INHERIT)
		e = db_run(sc, &choice_drop, BIND(V(unit), V(c->unit_id)), NULL);
	else if (!e)
		e = db_run(sc, &choice_put,
			BIND(V(unit), V(c->unit_id), V(c->plan), V(now_real(sc).ms)), NULL);
	if (!e)
		e = appliance ? warmup_push(sc, appliance) : warmup_push_all(sc);
	if (e)
		return e;
	event_addf(sc, "ramp.chosen", subject, "{\"unit\":\"%s\",\"plan\":\"%s\"}", unit,
		c->plan > 0            ? p.name
		: c->plan == PLAN_NONE ? "none"
				       : "inherit");
	return audit_add(sc, "ramp.choose", subject);
}

enum err plan_choose(struct scope *sc, enum plan_unit unit, int64_t unit_id, int64_t plan)
{
	return db_write(sc, choose, &(struct choosing){ unit, unit_id, plan });
}
