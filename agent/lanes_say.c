/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What lanes tell: facts for the hub, lines for people, numbers for /metrics. */
#include "lanes_priv.h"

#include "base/id.h"
#include "outbox.h"
#include "text/json.h"

/* A lane whose numbers move is told of so often. */
#define TELL_MS MINUTE_MS

_Static_assert((int)LANE_IP == WIRE_LANE_IP && (int)LANE_PROVIDER == WIRE_LANE_PROVIDER &&
		       (int)LANE_MAILBOX == WIRE_LANE_MAILBOX,
	"kinds of lanes have the same numbers");

/* What can hold a lane by itself, whatever the mail. */
static const enum pace_limit holds[] = { PACE_STOP, PACE_SHAPE, PACE_WARMUP, PACE_DAY };

/* The one that lifts last. */
static struct pace_verdict state_of(const struct lane_entry *e, int64_t now)
{
	struct pace_verdict binding = { .limit = PACE_FREE }, v;
	struct pace_case c = { .box.listed = true };

	c.lanes[e->kind] = &e->lane;
	c.orders[e->kind] = &e->order;
	for (size_t i = 0; i < COUNT(holds); i++)
		if (pace_holds(&c, (struct plan){ now }, holds[i], &v) &&
			(!binding.limit || v.lifts > binding.lifts))
			binding = v;
	if ((binding.limit == PACE_WARMUP || binding.limit == PACE_DAY) && e->by &&
		e->rules.most == e->lane.cap)
		binding.by = e->by;
	return binding;
}

/* ---- facts ---- */

static int64_t when(int64_t ms)
{
	return ms == PACE_NEVER ? 0 : ms;
}

static const char *provider_of_lane(const struct lane_entry *e)
{
	return e->kind == LANE_PROVIDER ? e->provider : NULL;
}

static const char *text_of(struct scope *sc, struct bytes b)
{
	return arena_copy(sc->mem, b.data, b.len);
}

static enum err tell_decision(struct scope *sc, const struct lane_note *n)
{
	const struct lane_entry *e = n->entry;
	const struct decision *d = &n->d;
	const struct gate_inputs *in = &d->in;
	const struct wire_lane_said m = { .kind = (int64_t)e->kind,
		.mailbox = e->mailbox,
		.provider = provider_of_lane(e),
		.plan = e->plan ? e->plan->name : NULL,
		.version = e->version,
		.decision = decision_name(d->kind),
		.reason = d->reason,
		.rule = n->rule[0] ? n->rule : NULL,
		.at = d->at,
		.step = d->stage,
		.step_next = d->stage_next,
		.cap = d->cap,
		.cap_next = d->cap_next,
		.until = when(d->until),
		.value = d->value,
		.day_cap = in->cap,
		.attempted = in->attempted,
		.mails = in->mails,
		.ended = in->ended,
		.accepted = in->accepted,
		.infra = in->infra,
		.days = in->days,
		.tried = in->tried,
		.hard = in->hard,
		.complained = in->complained,
		.hard_low = in->hard_low,
		.complaint_low = in->complaint_low,
		.row = in->row,
		.first = in->first,
		.first_hard = in->first_hard,
		.throttled_ms = in->throttled_ms,
		.idle = in->idle,
		.listed = in->listed };

	return outbox_add(sc, &(struct wire_fact){ .kind = FACT_LANE,
				      .body = text_of(sc, wire_put_lane_said(sc, &m)) });
}

static enum err tell_day(struct scope *sc, const struct lanes *l, const struct lane_entry *e,
	const struct lane_day *d, int64_t step, int64_t cap)
{
	struct pace_verdict v = state_of(e, l->now);
	const struct wire_lane_day m = { .kind = (int64_t)e->kind,
		.mailbox = e->mailbox,
		.provider = provider_of_lane(e),
		.plan = e->plan ? e->plan->name : NULL,
		.version = e->version,
		.at = l->now,
		.day = d->day,
		.step = step,
		.cap = cap,
		.mails = d->mails,
		.retries = d->retries,
		.fresh = d->fresh,
		.ended = d->ended,
		.accepted = d->accepted,
		.deferred = d->deferred,
		.hard = d->hard,
		.infra = d->infra,
		.complained = d->complained,
		.sent = lane_sent_day(&e->lane, l->now),
		.queued = e->queued,
		.state = pace_limit_name(v.limit),
		.by = v.by,
		.until = v.limit ? when(v.lifts) : 0,
		.rate = v.limit == PACE_SHAPE ? v.value : 0 };

	return outbox_add(sc, &(struct wire_fact){ .kind = FACT_LANE_DAY,
				      .body = text_of(sc, wire_put_lane_day(sc, &m)) });
}

static enum err tell_today(struct scope *sc, const struct lanes *l, const struct lane_entry *e)
{
	return tell_day(sc, l, e, &e->lane.days[0], e->lane.stage, e->lane.cap);
}

bool lanes_has_news(const struct lane_entry *e)
{
	return e->moved && (!e->told_at || clock_mono() - e->told_at >= TELL_MS);
}

/* Its last note was a decision: today is told with it. */
static bool ends_here(const struct lanes *l, size_t i)
{
	for (size_t k = i + 1; k < l->note_count; k++)
		if (l->notes[k].entry == l->notes[i].entry)
			return false;
	return true;
}

enum err lanes_tell(struct scope *sc, struct lanes *l)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; i < l->note_count && !e; i++) {
		const struct lane_note *n = &l->notes[i];

		e = n->is_day ? tell_day(sc, l, n->entry, &n->day, n->step, n->cap)
			      : tell_decision(sc, n);
		if (!e && !n->is_day && ends_here(l, i))
			e = tell_today(sc, l, n->entry);
	}
	for (size_t i = 0; i < l->count && !e; i++)
		if (lanes_has_news(l->list[i]))
			e = tell_today(sc, l, l->list[i]);
	return e;
}

/* ---- for people ---- */

static const char *name_of(struct scope *sc, const struct lane_entry *e)
{
	if (e->kind == LANE_PROVIDER)
		return arena_printf(sc->mem, "provider %s", e->provider);
	if (e->kind == LANE_MAILBOX)
		return arena_printf(
			sc->mem, "mailbox %s", id_format(sc->mem, ID_MAILBOX, e->mailbox));
	return "address";
}

const char *lanes_name(struct scope *sc, const struct spool_item *item, enum lane_kind k)
{
	if (k == LANE_PROVIDER)
		return arena_printf(sc->mem, "provider %s", item->provider);
	return k == LANE_MAILBOX ? "mailbox" : "address";
}

const char *lanes_cap_by(struct lanes *l, const struct spool_item *item, enum lane_kind k)
{
	struct lane_entry *e[LANE_KINDS];

	lanes_of(l, item, e);
	return e[k]->by && e[k]->rules.most == e[k]->lane.cap ? e[k]->by : "plan";
}

void lanes_print(struct scope *sc, struct lanes *l, const struct spool_item *item, struct out *o)
{
	struct lane_entry *all[LANE_KINDS];

	if (!lanes_are_on(l))
		return;
	lanes_of(l, item, all);
	for (int k = 0; k < LANE_KINDS; k++) {
		const struct lane_entry *e = all[k];
		const struct lane_day *d = &e->lane.days[0];
		long long tried = d->mails + d->retries, refused = d->hard + d->infra;

		out_printf(o, "  lane %s: ", name_of(sc, e));
		if (e->plan)
			out_printf(o, "plan %s, version %lld, day %lld, ", e->plan->name,
				(long long)e->version, (long long)e->lane.stage);
		if (e->rules.ramp || e->rules.most)
			out_printf(o, "cap %lld, ", (long long)e->lane.cap);
		out_printf(o,
			"%lld tried today (%lld accepted, %lld refused, %lld put off), %lld in 24 hours\n",
			tried, (long long)d->accepted, refused, (long long)d->deferred,
			(long long)lane_sent_day(&e->lane, l->now));
	}
}

void lanes_add(struct scope *sc, struct lanes *l, const struct spool_item *item, struct out *o)
{
	struct lane_entry *all[LANE_KINDS];

	if (!lanes_are_on(l))
		return;
	lanes_of(l, item, all);
	json_name(o, "lanes");
	json_open_list(o);
	for (int k = 0; k < LANE_KINDS; k++) {
		const struct lane_entry *e = all[k];
		struct pace_verdict v = state_of(e, l->now);

		json_open(o);
		json_add_text(o, "lane", name_of(sc, e));
		json_add_text(o, "plan", e->plan ? e->plan->name : NULL);
		json_add_int(o, "version", e->version);
		json_add_int(o, "day", e->lane.stage);
		json_add_int(o, "cap", e->lane.cap);
		json_add_int(o, "tried", e->lane.days[0].mails + e->lane.days[0].retries);
		json_add_int(o, "accepted", e->lane.days[0].accepted);
		json_add_text(o, "state", pace_limit_name(v.limit));
		json_close(o);
	}
	json_close_list(o);
}

/* ---- metrics ---- */

static int64_t cap_now(const struct lane_entry *e, int64_t now)
{
	return e->lane.cap;
}

static int64_t tried(const struct lane_entry *e, int64_t now)
{
	return e->lane.days[0].mails + e->lane.days[0].retries;
}

static int64_t accepted(const struct lane_entry *e, int64_t now)
{
	return e->lane.days[0].accepted;
}

static int64_t sent_day(const struct lane_entry *e, int64_t now)
{
	return lane_sent_day(&e->lane, now);
}

static int64_t in_postfix(const struct lane_entry *e, int64_t now)
{
	return e->queued;
}

static int64_t is_stopped(const struct lane_entry *e, int64_t now)
{
	return state_of(e, now).limit == PACE_STOP;
}

static int64_t rate_now(const struct lane_entry *e, int64_t now)
{
	return e->lane.shape.rate;
}

void lanes_metrics(struct scope *sc, const struct lanes *l, struct out *o)
{
	static const struct {
		const char *name, *help;
		int64_t (*read)(const struct lane_entry *e, int64_t now);
	} rows[] = {
		{ "cap", "Mails of today's step.", cap_now },
		{ "tried", "Attempts today.", tried },
		{ "accepted", "Mails taken today.", accepted },
		{ "sent_day", "Attempts in 24 hours of plan time.", sent_day },
		{ "queued", "Mails in Postfix or on the way into it.", in_postfix },
		{ "stopped", "1 while a gate or an order stops it.", is_stopped },
		{ "rate", "Mails an hour it allows itself after trouble; 0 for no limit.",
			rate_now },
	};

	for (size_t r = 0; lanes_are_on(l) && r < COUNT(rows); r++) {
		out_printf(o,
			"# HELP penguin_agent_lane_%s %s\n# TYPE penguin_agent_lane_%s gauge\n",
			rows[r].name, rows[r].help, rows[r].name);
		for (size_t i = 0; i < l->count; i++) {
			const struct lane_entry *e = l->list[i];
			const char *of = e->kind == LANE_MAILBOX
						 ? id_format(sc->mem, ID_MAILBOX, e->mailbox)
						 : e->provider;

			out_printf(o, "penguin_agent_lane_%s{kind=\"%s\",of=\"%s\"} %lld\n",
				rows[r].name, lane_kind_name(e->kind), of,
				(long long)rows[r].read(e, l->now));
		}
	}
}
