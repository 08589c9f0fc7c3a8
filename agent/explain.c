/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "explain.h"

#include "agent.h"
#include "base/id.h"
#include "lanes.h"
#include "meta.h"
#include "outbox.h"
#include "pacing.h"
#include "parts.h"
#include "spool.h"
#include "text/json.h"

struct report {
	int64_t id;
	const char *state;
	bool here; /* in the spool: item and limits hold */
	struct spool_item item;
	struct pace_case limits;
	struct pace_verdict binding;
	int64_t stopped; /* until when its lane is, which holds it in Postfix too; or 0 */
	struct wire_fact *facts;
	size_t fact_count;
};

static const char *const item_states[] = {
	[ITEM_WAITING] = "waiting",
	[ITEM_INTENT] = "being handed over",
	[ITEM_QUEUED] = "queued",
};
static const char *const taken_states[] = {
	[TAKEN_LIVE] = "waiting",
	[TAKEN_BACK] = "recalled",
	[TAKEN_UNSENT] = "unsent",
	[TAKEN_DONE] = "done",
};

/* As the daemon last wrote it down. */
static enum err load_health(struct scope *sc, int64_t *state, const char **why)
{
	return meta_get(sc, META_HEALTH, state, why);
}

static enum err load(struct scope *sc, int64_t id, struct report *r)
{
	struct pacing *pacing = agent_of(sc)->pacing;
	enum taken_state taken;
	int64_t health;
	const char *why;
	enum err e = spool_taken(sc, id, &taken);

	if (e == ERR_MISSING)
		return fail(sc, ERR_MISSING, "no such message came here in the last thirty days");
	*r = (struct report){ .id = id };
	if (!e)
		e = load_health(sc, &health, &why);
	if (!e)
		e = outbox_history(sc, id, &r->facts, &r->fact_count);
	if (e)
		return e;
	r->state = taken_states[taken];
	e = spool_find(sc, id, &r->item);
	if (e)
		return e == ERR_MISSING ? ERR_NONE : e;
	pacing_hold(pacing, health == HEALTH_HELD ? why : NULL);
	r->here = true;
	r->state = item_states[r->item.state];
	e = lanes_turn(sc, agent_of(sc)->lanes, now_plan(sc));
	if (e)
		return e;
	pacing_case(sc, pacing, &r->item, &r->limits);
	if (r->item.state == ITEM_QUEUED)
		r->stopped = lanes_stopped(agent_of(sc)->lanes, &r->item);
	r->binding = pace_check(&r->limits, now_plan(sc));
	return ERR_NONE;
}

static const char *when(struct scope *sc, int64_t ms)
{
	return clock_iso(ms, arena_alloc(sc->mem, 32));
}

/* The moment on the plan's clock, and on the wall's where they differ. */
static const char *plan_moment(struct scope *sc, int64_t ms)
{
	const struct clock *c = sc->world->clock;

	if (ms == PACE_NEVER)
		return "never by itself";
	if (!clock_is_fast(c))
		return when(sc, ms);
	return arena_printf(sc->mem, "%s of the plan (%s by the wall clock)", when(sc, ms),
		when(sc, clock_real_at(c, (struct plan){ ms }).ms));
}

/* A limit of a lane, and one of its lanes is there. */
static bool is_of_lane(const struct pace_verdict *v)
{
	return v->limit == PACE_STOP || v->limit == PACE_SHAPE || v->limit == PACE_WARMUP ||
	       v->limit == PACE_DAY || v->limit == PACE_NEW || v->limit == PACE_QUEUE ||
	       v->limit == PACE_ROW;
}

static const char *value_of_lane(
	struct scope *sc, const struct report *r, const struct pace_verdict *v)
{
	const struct lane *l = r->limits.lanes[v->lane];
	const char *name = lanes_name(sc, &r->item, v->lane);
	long long tried;

	if (!l)
		return "";
	tried = l->days[0].mails + l->days[0].retries;
	switch (v->limit) {
	case PACE_SHAPE:
		return v->value ? arena_printf(sc->mem, "%s, %lld mails an hour", name,
					  (long long)v->value)
				: name;
	case PACE_WARMUP:
		return arena_printf(sc->mem, "%s, %lld of %lld on day %lld of its plan", name,
			tried, (long long)v->value, (long long)l->stage);
	case PACE_DAY:
		return arena_printf(sc->mem, "%s, %lld of %lld in 24 hours", name,
			(long long)lane_sent_day(l, now_plan(sc).ms), (long long)v->value);
	case PACE_NEW:
		return v->value ? arena_printf(sc->mem, "%lld of %lld first mails today",
					  (long long)l->days[0].fresh, (long long)v->value)
				: "";
	case PACE_QUEUE:
		return arena_printf(sc->mem, "%s, %lld of %lld in Postfix", name,
			(long long)r->limits.queued, (long long)v->value);
	case PACE_ROW:
		return v->value ? arena_printf(sc->mem, "%s, %lld mails in one connection", name,
					  (long long)v->value)
				: "";
	default:
		return name;
	}
}

/* Who set it: of a step of the plan also a lower limit of somebody's. */
static const char *by_of(
	const struct report *r, const struct agent *a, const struct pace_verdict *v)
{
	return (v->limit == PACE_WARMUP || v->limit == PACE_DAY) && r->limits.lanes[v->lane]
		       ? lanes_cap_by(a->lanes, &r->item, v->lane)
		       : v->by;
}

static const char *value_of(struct scope *sc, const struct report *r, const struct pace_verdict *v)
{
	if (v->limit == PACE_CAP)
		return arena_printf(sc->mem, "%lld of %lld mails on this day",
			(long long)r->limits.used.count, (long long)v->value);
	if (v->limit == PACE_GAP)
		return arena_printf(sc->mem, "%lld seconds between two mails",
			(long long)(v->value / SECOND_MS));
	if (v->limit == PACE_WINDOW)
		return arena_printf(sc->mem, "%02lld:%02lld to %02lld:%02lld",
			(long long)(r->limits.box.from_minute / 60),
			(long long)(r->limits.box.from_minute % 60),
			(long long)(r->limits.box.to_minute / 60),
			(long long)(r->limits.box.to_minute % 60));
	if (v->limit == PACE_HEALTH && r->limits.host.held)
		return r->limits.host.held_why;
	return is_of_lane(v) ? value_of_lane(sc, r, v) : "";
}

static void print_limits(struct scope *sc, const struct report *r, struct out *o)
{
	int64_t next;

	if (r->binding.limit == PACE_FREE && r->item.retry_at > now_real(sc).ms)
		out_printf(
			o, "  Postfix put it off; tried again at %s\n", when(sc, r->item.retry_at));
	else if (r->binding.limit == PACE_FREE)
		out_text(o, "  nothing holds it; it leaves with the next turn\n");
	else
		out_printf(o, "  held by %s (set by %s); lifts %s\n",
			pace_limit_name(r->binding.limit), by_of(r, agent_of(sc), &r->binding),
			plan_moment(sc, r->binding.lifts));
	next = pace_when(&r->limits, now_plan(sc));
	out_printf(o, "  leaves at the earliest %s; never after %s by the wall clock\n",
		plan_moment(sc, next), when(sc, r->item.not_after));
	for (int l = PACE_FREE + 1; l < PACE_LIMITS; l++) {
		struct pace_verdict v;
		bool holds = pace_holds(&r->limits, now_plan(sc), (enum pace_limit)l, &v);
		const char *value = value_of(sc, r, &v);

		out_printf(o, "    %-10s %-5s %s%s%s%s\n", pace_limit_name(v.limit),
			holds ? "holds" : "ok", value, holds && *value ? ", " : "",
			holds ? "set by " : "", holds ? by_of(r, agent_of(sc), &v) : "");
	}
	lanes_print(sc, agent_of(sc)->lanes, &r->item, o);
}

static void print_message(struct scope *sc, const struct report *r, struct out *o)
{
	out_printf(o, "%s: %s\n", id_format(sc->mem, ID_MESSAGE, r->id), r->state);
	if (r->here && r->item.state == ITEM_WAITING)
		print_limits(sc, r, o);
	if (r->here && r->item.queue_id)
		out_printf(o, "  in Postfix as %s%s\n", r->item.queue_id,
			r->item.held ? ", held there" : "");
	if (r->here && r->stopped)
		out_printf(o, "  its lane is stopped; lifts %s\n", plan_moment(sc, r->stopped));
	for (size_t i = 0; i < r->fact_count; i++) {
		const struct wire_fact *f = &r->facts[i];

		out_printf(o, "  %s %s", when(sc, f->at), fact_name((enum fact)f->kind));
		if (f->queue_id)
			out_printf(o, " %s", f->queue_id);
		if (f->status)
			out_printf(o, " %s", f->status);
		if (f->text)
			out_printf(o, " %s", f->text);
		out_char(o, '\n');
	}
}

/* ---- the same for programs ---- */

static void add_verdict(struct scope *sc, struct out *o, const struct report *r,
	const struct pace_verdict *v, bool holds)
{
	json_open(o);
	json_add_text(o, "limit", pace_limit_name(v->limit));
	json_add_bool(o, "holds", holds);
	json_add_int(o, "value", v->value);
	json_add_text(o, "by", by_of(r, agent_of(sc), v));
	if (is_of_lane(v) && r->limits.lanes[v->lane])
		json_add_text(o, "lane", lanes_name(sc, &r->item, v->lane));
	json_name(o, "lifts");
	if (v->lifts == PACE_NEVER)
		json_put_null(o);
	else
		json_put_int(o, v->lifts);
	json_close(o);
}

static void add_facts(struct out *o, const struct report *r)
{
	json_name(o, "history");
	json_open_list(o);
	for (size_t i = 0; i < r->fact_count; i++) {
		const struct wire_fact *f = &r->facts[i];

		json_open(o);
		json_add_int(o, "at", f->at);
		json_add_text(o, "kind", fact_name((enum fact)f->kind));
		json_add_int(o, "code", f->code);
		json_add_text(o, "status", f->status);
		json_add_text(o, "queue_id", f->queue_id);
		json_add_text(o, "text", f->text);
		json_close(o);
	}
	json_close_list(o);
}

static void put_message(struct scope *sc, const struct report *r, struct out *o)
{
	json_open(o);
	json_add_id(o, "message", ID_MESSAGE, r->id);
	json_add_text(o, "state", r->state);
	if (r->here && r->item.state == ITEM_WAITING) {
		json_add_int(o, "not_after", r->item.not_after);
		json_name(o, "binding");
		add_verdict(sc, o, r, &r->binding, r->binding.limit != PACE_FREE);
		json_name(o, "limits");
		json_open_list(o);
		for (int l = PACE_FREE + 1; l < PACE_LIMITS; l++) {
			struct pace_verdict v;
			bool holds = pace_holds(&r->limits, now_plan(sc), (enum pace_limit)l, &v);

			add_verdict(sc, o, r, &v, holds);
		}
		json_close_list(o);
		lanes_add(sc, agent_of(sc)->lanes, &r->item, o);
	}
	if (r->here) {
		json_add_text(o, "queue_id", r->item.queue_id);
		json_add_bool(o, "held", r->item.held);
	}
	add_facts(o, r);
	json_close(o);
	out_char(o, '\n');
}

enum err explain_message(struct scope *sc, const char *text, bool json, struct out *o)
{
	struct report r;
	int64_t id;
	enum err e;

	if (!id_parse(text, ID_MESSAGE, &id))
		return fail(sc, ERR_INPUT, "%s is no message id", text);
	e = load(sc, id, &r);
	if (e)
		return e;
	if (json)
		put_message(sc, &r, o);
	else
		print_message(sc, &r, o);
	return ERR_NONE;
}

/* ---- status ---- */

struct standing {
	int64_t waiting, out, queued, acked, connection, health;
	const char *why;
};

static enum err load_standing(struct scope *sc, struct standing *s)
{
	enum err e = spool_count(sc, ITEM_WAITING, &s->waiting);

	if (!e)
		e = spool_count(sc, ITEM_INTENT, &s->out);
	if (!e)
		e = spool_count(sc, ITEM_QUEUED, &s->queued);
	if (!e)
		e = meta_get(sc, META_CONNECTION, &s->connection, NULL);
	return e ? e : load_health(sc, &s->health, &s->why);
}

static void print_status(struct scope *sc, const struct standing *s, struct out *o)
{
	const struct agent *a = agent_of(sc);
	struct wire_part_report *parts;
	size_t n = parts_reports(sc, a->parts, &parts);

	out_printf(o, "%s, version %s\n", a->identity.id, VERSION);
	out_printf(o, "health: %s%s%s\n", health_name((enum health)s->health), s->why ? ": " : "",
		s->why ? s->why : "");
	out_printf(o, "spool: %lld waiting, %lld being handed over, %lld in Postfix\n",
		(long long)s->waiting, (long long)s->out, (long long)s->queued);
	out_printf(o, "outbox: next fact %lld, %lld not yet acknowledged\n",
		(long long)outbox_next(a->outbox), (long long)outbox_waiting(a->outbox));
	out_printf(o, "broker: %s:%lld, connection %lld\n", a->identity.link.broker_host,
		(long long)a->identity.link.broker_port, (long long)s->connection);
	out_printf(o, "certificate: until %s\n", when(sc, a->identity.cert_until));
	for (size_t i = 0; i < n; i++)
		out_printf(o, "part %s: version %lld %s%s%s\n", parts[i].name,
			(long long)parts[i].version,
			part_state_name((enum part_state)parts[i].state),
			parts[i].reason ? ": " : "", parts[i].reason ? parts[i].reason : "");
}

static void put_status(struct scope *sc, const struct standing *s, struct out *o)
{
	const struct agent *a = agent_of(sc);
	struct wire_part_report *parts;
	size_t n = parts_reports(sc, a->parts, &parts);

	json_open(o);
	json_add_text(o, "appliance", a->identity.id);
	json_add_text(o, "version", VERSION);
	json_add_text(o, "health", health_name((enum health)s->health));
	json_add_text(o, "reason", s->why);
	json_add_int(o, "waiting", s->waiting);
	json_add_int(o, "handing_over", s->out);
	json_add_int(o, "queued", s->queued);
	json_add_int(o, "next_fact", outbox_next(a->outbox));
	json_add_int(o, "unacknowledged", outbox_waiting(a->outbox));
	json_add_int(o, "connection", s->connection);
	json_add_int(o, "certificate_until", a->identity.cert_until);
	json_name(o, "parts");
	json_open_list(o);
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		json_add_text(o, "name", parts[i].name);
		json_add_int(o, "version", parts[i].version);
		json_add_text(o, "state", part_state_name((enum part_state)parts[i].state));
		json_add_text(o, "reason", parts[i].reason);
		json_close(o);
	}
	json_close_list(o);
	json_close(o);
	out_char(o, '\n');
}

enum err explain_status(struct scope *sc, bool json, struct out *o)
{
	struct standing s = { 0 };
	enum err e = load_standing(sc, &s);

	if (e)
		return e;
	if (json)
		put_status(sc, &s, o);
	else
		print_status(sc, &s, o);
	return ERR_NONE;
}
