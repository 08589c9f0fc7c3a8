/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/lane.h"

#include "pace/provider.h"

#define LANES                                                                                      \
	"SELECT l.unit, l.unit_id, l.provider, l.appliance, l.plan, l.version, l.day, l.step, "    \
	"l.cap, l.sent, l.queued, l.state, l.held_by, l.reason, l.until, l.rate, l.told_at, "      \
	"d.mails, d.retries, d.accepted, d.deferred, d.hard, d.infra, d.complained FROM lane l "   \
	"LEFT JOIN lane_day d ON d.tenant = l.tenant AND d.unit = l.unit "                         \
	"AND d.unit_id = l.unit_id AND d.provider = l.provider AND d.day = l.day "
SQL(lane_of_appliance, SQL_TENANT,
	LANES "WHERE l.tenant = $1 AND l.appliance = $2 AND (l.unit > $3 OR (l.unit = $3 "
	      "AND (l.provider > $4 OR (l.provider = $4 AND l.unit_id > $5)))) "
	      "ORDER BY l.unit, l.provider, l.unit_id LIMIT $6");
SQL(lane_by_name, SQL_TENANT,
	LANES "WHERE l.tenant = $1 AND l.unit = $2 AND l.unit_id = $3 AND l.provider = $4");
SQL(lane_day_rows, SQL_TENANT,
	"SELECT day, step, cap, mails, retries, fresh, ended, accepted, deferred, hard, infra, "
	"complained, decision, reason, step_next, cap_next, inputs FROM lane_day "
	"WHERE tenant = $1 AND unit = $2 AND unit_id = $3 AND provider = $4 AND day < $5 "
	"ORDER BY day DESC LIMIT $6");
SQL(lane_sum_providers, SQL_TENANT,
	"SELECT l.provider, COUNT(*) AS lanes, "
	"SUM(CASE WHEN l.state = 'stop' THEN 1 ELSE 0 END) AS stopped, "
	"SUM(CASE WHEN l.state = 'shape' THEN 1 ELSE 0 END) AS shaped, "
	"CAST(SUM(l.cap) AS BIGINT) AS cap, CAST(SUM(d.mails) AS BIGINT) AS mails, "
	"CAST(SUM(d.accepted) AS BIGINT) AS accepted, "
	"CAST(SUM(d.deferred) AS BIGINT) AS deferred, CAST(SUM(d.hard) AS BIGINT) AS hard, "
	"CAST(SUM(d.infra) AS BIGINT) AS infra, "
	"CAST(SUM(d.complained) AS BIGINT) AS complained FROM lane l "
	"LEFT JOIN lane_day d ON d.tenant = l.tenant AND d.unit = l.unit "
	"AND d.unit_id = l.unit_id AND d.provider = l.provider AND d.day = l.day "
	"WHERE l.tenant = $1 AND l.unit = 'provider' GROUP BY l.provider ORDER BY l.provider");

SHAPE(lane_shape, struct lane_row, COL(struct lane_row, unit), COL(struct lane_row, unit_id),
	COL(struct lane_row, provider), COL(struct lane_row, appliance), COL(struct lane_row, plan),
	COL(struct lane_row, version), COL(struct lane_row, day), COL(struct lane_row, step),
	COL(struct lane_row, cap), COL(struct lane_row, sent), COL(struct lane_row, queued),
	COL(struct lane_row, state), COL(struct lane_row, held_by), COL(struct lane_row, reason),
	COL(struct lane_row, until), COL(struct lane_row, rate), COL(struct lane_row, told_at),
	COL(struct lane_row, mails), COL(struct lane_row, retries), COL(struct lane_row, accepted),
	COL(struct lane_row, deferred), COL(struct lane_row, hard), COL(struct lane_row, infra),
	COL(struct lane_row, complained));
SHAPE(day_shape, struct lane_day_row, COL(struct lane_day_row, day), COL(struct lane_day_row, step),
	COL(struct lane_day_row, cap), COL(struct lane_day_row, mails),
	COL(struct lane_day_row, retries), COL(struct lane_day_row, fresh),
	COL(struct lane_day_row, ended), COL(struct lane_day_row, accepted),
	COL(struct lane_day_row, deferred), COL(struct lane_day_row, hard),
	COL(struct lane_day_row, infra), COL(struct lane_day_row, complained),
	COL(struct lane_day_row, decision), COL(struct lane_day_row, reason),
	COL(struct lane_day_row, step_next), COL(struct lane_day_row, cap_next),
	COL(struct lane_day_row, inputs));
SHAPE(provider_shape, struct lane_provider_row, COL(struct lane_provider_row, provider),
	COL(struct lane_provider_row, lanes), COL(struct lane_provider_row, stopped),
	COL(struct lane_provider_row, shaped), COL(struct lane_provider_row, cap),
	COL(struct lane_provider_row, mails), COL(struct lane_provider_row, accepted),
	COL(struct lane_provider_row, deferred), COL(struct lane_provider_row, hard),
	COL(struct lane_provider_row, infra), COL(struct lane_provider_row, complained));

enum err lane_list_of(struct scope *sc, int64_t appliance, const struct lane_name *after, int limit,
	struct lane_row **rows, size_t *n)
{
	const struct lane_name start = { "", 0, "" };
	const struct lane_name *a = after ? after : &start;

	return db_list(sc, &lane_of_appliance,
		BIND(V(appliance), V(a->unit), V(a->provider), V(a->unit_id), V((int64_t)limit)),
		&lane_shape, rows, n);
}

enum err lane_find(struct scope *sc, const struct lane_name *l, struct lane_row *out)
{
	return db_one(sc, &lane_by_name, BIND(V(l->unit), V(l->unit_id), V(l->provider)),
		&lane_shape, out);
}

enum err lane_days(struct scope *sc, const struct lane_name *l, int64_t before, int limit,
	struct lane_day_row **rows, size_t *n)
{
	return db_list(sc, &lane_day_rows,
		BIND(V(l->unit), V(l->unit_id), V(l->provider), V(before ? before : INT64_MAX),
			V((int64_t)limit)),
		&day_shape, rows, n);
}

enum err lane_providers(struct scope *sc, struct lane_provider_row **rows, size_t *n)
{
	return db_list(sc, &lane_sum_providers, BIND_NONE, &provider_shape, rows, n);
}

/* ---- what the day would decide ---- */

#define EVIDENCE 200
#define WEEK     7

static struct gate_inputs inputs_of(
	const struct lane_row *l, const struct lane_day_row *days, size_t n)
{
	struct gate_inputs in = { .cap = l->cap, .first = 6 };

	for (size_t i = 0; i < n; i++) {
		const struct lane_day_row *d = &days[i];

		if (l->day - d->day >= WEEK && in.tried >= EVIDENCE)
			break;
		if (d->day == l->day) {
			in.attempted = d->mails + d->retries;
			in.mails = d->mails;
			in.ended = d->ended;
			in.accepted = d->accepted;
			in.infra = d->infra;
		}
		in.tried += d->ended;
		in.hard += d->hard;
		in.complained += d->complained;
		in.days = l->day - d->day + 1;
		/* What led to a stop or a step back is spent. */
		if (d->day != l->day &&
			(str_eq(d->decision, "stop") || str_eq(d->decision, "back")))
			break;
	}
	in.hard_low = gate_wilson(in.hard, in.tried);
	in.complaint_low = gate_wilson(in.complained, in.tried);
	return in;
}

static const struct ramp *curve_of(
	struct scope *sc, const struct lane_row *l, const struct ramp_plan *plan)
{
	enum provider_class class;

	if (str_eq(l->unit, "mailbox"))
		return &plan->curves[RAMP_MAILBOX];
	class = provider_named(providers_builtin(sc), l->provider)->class;
	return &plan->curves[RAMP_CONSUMER + (int)class];
}

/* The plan by its name, as the lane calls it. */
static enum err plan_of(struct scope *sc, const char *name, const struct ramp_plan **plan)
{
	struct plan_row *rows;
	size_t n;
	enum err e = plan_list(sc, &rows, &n);

	for (size_t i = 0; !e && i < n; i++)
		if (str_eq(rows[i].name, name))
			return plan_ramp(sc, rows[i].id, plan);
	return e ? e : fail(sc, ERR_MISSING, "There is no such plan");
}

enum err lane_forecast(struct scope *sc, const struct lane_row *l, const struct lane_day_row *days,
	size_t n, struct lane_forecast *out)
{
	const struct ramp_plan *plan;
	const struct ramp *curve;
	enum decision_kind kind;
	enum err e;

	*out = (struct lane_forecast){ .step = l->step, .cap = l->cap, .decision = "none" };
	out->in = inputs_of(l, days, n);
	if (str_empty(l->plan) || str_eq(l->plan, PLAN_OPEN) || str_eq(l->unit, "ip"))
		return ERR_NONE;
	e = plan_of(sc, l->plan, &plan);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (e)
		return e;
	curve = curve_of(sc, l, plan);
	kind = gate_now(&plan->gates, &out->in, false, &out->reason);
	if (!kind && !out->in.attempted) {
		out->reason = NULL;
		return ERR_NONE;
	}
	if (!kind)
		kind = gate_day(&plan->gates, &out->in, &out->reason);
	if (kind == DECIDE_ADVANCE && l->step >= ramp_last(curve)) {
		kind = DECIDE_HOLD;
		out->reason = "warm";
	}
	out->decision = decision_name(kind);
	if (kind == DECIDE_ADVANCE)
		out->step = l->step + 1;
	else if (kind != DECIDE_HOLD)
		out->step = l->step > plan->gates.back_days ? l->step - plan->gates.back_days : 1;
	out->cap = ramp_cap(curve, out->step);
	return ERR_NONE;
}
