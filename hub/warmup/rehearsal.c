/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/rehearsal.h"

#include <string.h>
#include <time.h>

#include "pace/data.h"
#include "pace/rehearse.h"

#define START INT64_C(1767571200000) /* a Monday, 00:00 UTC */

struct play {
	struct scope *sc;
	struct theatre theatre;
	struct rehearsal_play *out;
};

static int64_t cpu_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void on_said(void *to, struct rehearsal_lane l, const struct decision *d)
{
	struct play *p = to;
	struct rehearsal_said *s;
	struct out text;

	/* A mailbox's own come in dozens a day; those of the address and of providers tell. */
	if (d->kind == DECIDE_ADVANCE || d->kind == DECIDE_HOLD || d->kind == DECIDE_FASTER)
		return;
	if (p->out->said_count == REHEARSAL_SAID) {
		p->out->more = true;
		return;
	}
	out_init(&text, p->sc->mem);
	decision_format(&text, d);
	s = &p->out->said[p->out->said_count++];
	*s = (struct rehearsal_said){ .day = clock_day(d->at) - clock_day(START) + 1,
		.minute = clock_minute(d->at),
		.decision = decision_name(d->kind),
		.reason = d->reason,
		.rule = d->rule ? arena_text(p->sc->mem, d->rule) : NULL,
		.step = d->stage,
		.step_next = d->stage_next,
		.cap = d->cap,
		.cap_next = d->cap_next,
		.text = text.data };
	if (l.kind == LANE_PROVIDER)
		s->provider = p->theatre.list[l.n].provider->title;
	else if (l.kind == LANE_MAILBOX)
		s->mailbox = (int64_t)l.n + 1;
}

static void take_day(struct play *p, struct rehearsal *r, const struct rehearsal_wish *wish)
{
	struct rehearsal_day *d = &p->out->days[p->out->day_count++];
	const struct lane_day *ip =
		&rehearse_lane(r, (struct rehearsal_lane){ LANE_IP, 0 })->days[0];

	for (size_t i = 0; i < p->theatre.count; i++) {
		const struct lane *l =
			rehearse_lane(r, (struct rehearsal_lane){ LANE_PROVIDER, i });

		d->providers[i].cap = l->cap;
		d->providers[i].sent = l->days[0].mails;
		d->providers[i].stopped = l->stopped > 0;
		d->waiting += rehearse_waiting(r, i);
	}
	for (int64_t i = 0; i < wish->mailboxes; i++)
		d->cap += rehearse_lane(r, (struct rehearsal_lane){ LANE_MAILBOX, (size_t)i })->cap;
	d->sent = ip->mails;
	d->again = ip->retries;
	d->accepted = ip->accepted;
	d->deferred = ip->deferred;
	d->hard = ip->hard;
	d->complained = ip->complained;
}

static enum err check(struct scope *sc, const struct rehearsal_wish *w)
{
	const struct {
		const char *field;
		int64_t n, high;
	} rows[] = {
		{ "days", w->days, REHEARSAL_DAYS },
		{ "volume", w->volume, REHEARSAL_VOLUME },
		{ "mailboxes", w->mailboxes, REHEARSAL_MAILBOXES },
		{ "gap", w->gap, 1440 },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].n < 1 || rows[i].n > rows[i].high)
			return fail_field(sc, rows[i].field, "A number from 1 to %lld",
				(long long)rows[i].high);
	return ERR_NONE;
}

enum err rehearsal_play(struct scope *sc, const struct ramp_plan *plan,
	const struct rehearsal_wish *wish, int64_t cpu_ms, struct rehearsal_play *out)
{
	struct play *p = arena_alloc(sc->mem, sizeof *p);
	struct rehearsal_setup s = { .plan = plan,
		.theatre = &p->theatre,
		.start = START,
		.volume = wish->volume,
		.mailboxes = (size_t)wish->mailboxes,
		.gap_ms = wish->gap * MINUTE_MS,
		.jitter_ms = wish->gap * MINUTE_MS,
		.queued_most = 20,
		.to = p,
		.said = on_said };
	int64_t until = cpu_now() + cpu_ms;
	struct rehearsal *r;
	enum err e = check(sc, wish);

	*out = (struct rehearsal_play){ 0 };
	p->sc = sc;
	p->out = out;
	if (!e)
		e = theatre_parse(sc,
			wish->world ? bytes_of(wish->world, strlen(wish->world))
				    : pace_data("world"),
			providers_builtin(sc), &p->theatre);
	if (e)
		return e;
	p->theatre.dice = (uint64_t)wish->seed;
	s.rules = wish->rules ? wish->rules : shape_builtin(sc);
	out->days = arena_array(sc->mem, (size_t)wish->days, sizeof *out->days);
	out->said = arena_array(sc->mem, REHEARSAL_SAID, sizeof *out->said);
	out->provider_count = p->theatre.count;
	for (size_t i = 0; i < p->theatre.count; i++)
		out->providers[i] = p->theatre.list[i].provider->title;
	r = rehearse_open(sc, &s);
	for (int64_t day = 0; day < wish->days && !out->cut; day++) {
		for (int64_t m = 0; m < 1440; m++)
			rehearse_step(r, START + day * DAY_MS + m * MINUTE_MS);
		take_day(p, r, wish);
		out->cut = cpu_now() >= until && day + 1 < wish->days;
	}
	return ERR_NONE;
}
