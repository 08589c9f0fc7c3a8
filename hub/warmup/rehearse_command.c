/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/rehearse_command.h"

#include "base/file.h"
#include "base/str.h"
#include "pace/data.h"
#include "pace/lines.h"
#include "pace/rehearse.h"

#define START INT64_C(1767571200000) /* Monday, 2026-01-05, 00:00 UTC */

const struct command_option rehearse_options[] = {
	{ "plan", "NAME", false, "The plan; standard where it is not given." },
	{ "plans", "FILE", false, "Where the plan stands, if not in the program." },
	{ "world", "FILE", false, "How providers take mail, if not as in the program's world." },
	{ "days", "N", false, "1 to 366; 30 where it is not given." },
	{ "volume", "N", false, "Mails wanted a day; 2000 where it is not given." },
	{ "mailboxes", "N", false, "1 to 1000; 20 where it is not given." },
	{ "gap", "MINUTES", false, "Between two mails of a mailbox; 5 where it is not given." },
	{ "seed", "N", false, "Another throw of the dice." },
	{ "all", NULL, false, "Every decision: also each day's step and of each mailbox." },
	{ 0 },
};

struct wish {
	int64_t days, volume, mailboxes, gap, seed;
};

struct play {
	struct scope *sc;
	struct theatre theatre;
	const struct wish *wish;
	bool all;
	struct out decisions;
};

static enum err take_number(struct scope *sc, const struct command_line *line, const char *name,
	const int64_t range[2], int64_t *n)
{
	const char *text = command_option(line, name);

	if (text && !str_int(text, range[0], range[1], n))
		return fail(sc, ERR_INPUT, "--%s is a number from %lld to %lld", name,
			(long long)range[0], (long long)range[1]);
	return ERR_NONE;
}

static enum err take_wish(struct scope *sc, const struct command_line *line, struct wish *w)
{
	static const int64_t days[] = { 1, 366 }, volume[] = { 1, 1000000 }, boxes[] = { 1, 1000 },
			     gap[] = { 1, 1440 }, seed[] = { 0, 1000000000 };
	enum err e;

	*w = (struct wish){ 30, 2000, 20, 5, 1 };
	e = take_number(sc, line, "days", days, &w->days);
	if (!e)
		e = take_number(sc, line, "volume", volume, &w->volume);
	if (!e)
		e = take_number(sc, line, "mailboxes", boxes, &w->mailboxes);
	if (!e)
		e = take_number(sc, line, "gap", gap, &w->gap);
	return e ? e : take_number(sc, line, "seed", seed, &w->seed);
}

static enum err take_plan(
	struct scope *sc, const struct command_line *line, const struct ramp_plan **plan)
{
	const char *file = command_option(line, "plans"), *name = command_option(line, "plan");
	struct ramp_plan *list;
	struct bytes text;
	size_t n;
	enum err e;

	if (!file)
		return ramp_builtin(sc, name ? name : "standard", plan);
	e = file_read(sc, file, LINES_MAX, &text);
	if (!e)
		e = ramp_parse(sc, text, &list, &n);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++)
		if (!name || str_eq(list[i].name, name)) {
			*plan = &list[i];
			return ERR_NONE;
		}
	return fail(sc, ERR_MISSING, "%s has no plan %s", file, name ? name : "at all");
}

static enum err take_world(struct scope *sc, const struct command_line *line, struct theatre *t)
{
	const char *file = command_option(line, "world");
	struct bytes text = pace_data("world");
	enum err e = file ? file_read(sc, file, LINES_MAX, &text) : ERR_NONE;

	return e ? e : theatre_parse(sc, text, providers_builtin(sc), t);
}

/* ---- what is printed ---- */

static const char *lane_text(struct play *p, struct rehearsal_lane l)
{
	if (l.kind == LANE_IP)
		return "the IP";
	if (l.kind == LANE_PROVIDER)
		return p->theatre.list[l.n].provider->name;
	return arena_printf(p->sc->mem, "mailbox %zu", l.n + 1);
}

static void on_said(void *to, struct rehearsal_lane l, const struct decision *d)
{
	struct play *p = to;
	bool daily = d->kind == DECIDE_ADVANCE || d->kind == DECIDE_HOLD;

	if (!p->all && (daily || d->kind == DECIDE_FASTER))
		return;
	out_printf(&p->decisions, "day %2lld %02d:%02d  %-18s ",
		(long long)clock_day(d->at) - clock_day(START) + 1, clock_minute(d->at) / 60,
		clock_minute(d->at) % 60, lane_text(p, l));
	decision_format(&p->decisions, d);
	if (d->rule)
		out_printf(&p->decisions, "; rule %s", d->rule);
	out_char(&p->decisions, '\n');
}

static void print_head(struct play *p, struct out *o)
{
	out_text(o, "day");
	for (size_t i = 0; i < p->theatre.count; i++)
		out_printf(o, " %16s", p->theatre.list[i].provider->name);
	out_printf(o, " %16s %7s %6s %6s %6s %8s\n", "mailboxes", "taken", "later", "hard", "spam",
		"waiting");
	out_text(o, "   ");
	for (size_t i = 0; i <= p->theatre.count; i++)
		out_printf(o, " %16s", "sent of cap");
	out_char(o, '\n');
}

/* The day that ends: tried of cap towards each provider, and of all mailboxes. */
static void print_day(struct play *p, struct rehearsal *r, int64_t day, struct out *o)
{
	const struct lane_day *ip =
		&rehearse_lane(r, (struct rehearsal_lane){ LANE_IP, 0 })->days[0];
	int64_t cap = 0, waiting = 0;

	out_printf(o, "%3lld", (long long)day);
	for (size_t i = 0; i < p->theatre.count; i++) {
		const struct lane *l =
			rehearse_lane(r, (struct rehearsal_lane){ LANE_PROVIDER, i });

		out_printf(o, " %16s",
			arena_printf(p->sc->mem, "%s%lld of %lld", l->stopped ? "stop " : "",
				(long long)l->days[0].mails + l->days[0].retries,
				(long long)l->cap));
		waiting += rehearse_waiting(r, i);
	}
	for (int64_t i = 0; i < p->wish->mailboxes; i++)
		cap += rehearse_lane(r, (struct rehearsal_lane){ LANE_MAILBOX, (size_t)i })->cap;
	out_printf(o, " %16s %7lld %6lld %6lld %6lld %8lld\n",
		arena_printf(p->sc->mem, "%lld of %lld", (long long)ip->mails + ip->retries,
			(long long)cap),
		(long long)ip->accepted, (long long)ip->deferred, (long long)ip->hard,
		(long long)ip->complained, (long long)waiting);
}

static void play_days(struct play *p, const struct ramp_plan *plan, struct out *o)
{
	struct rehearsal_setup s = { .plan = plan,
		.rules = shape_builtin(p->sc),
		.theatre = &p->theatre,
		.start = START,
		.volume = p->wish->volume,
		.mailboxes = (size_t)p->wish->mailboxes,
		.gap_ms = p->wish->gap * MINUTE_MS,
		.jitter_ms = p->wish->gap * MINUTE_MS,
		.queued_most = 20,
		.to = p,
		.said = on_said };
	struct rehearsal *r = rehearse_open(p->sc, &s);

	for (int64_t day = 0; day < p->wish->days; day++) {
		for (int64_t m = 0; m < 1440; m++)
			rehearse_step(r, START + day * DAY_MS + m * MINUTE_MS);
		print_day(p, r, day + 1, o);
	}
}

enum err rehearse_command(struct scope *sc, struct command_line *line)
{
	struct play *p = arena_alloc(sc->mem, sizeof *p);
	const struct ramp_plan *plan;
	struct wish w;
	enum err e = take_wish(sc, line, &w);

	p->sc = sc;
	p->wish = &w;
	p->all = command_has(line, "all");
	out_init(&p->decisions, sc->mem);
	if (!e)
		e = take_plan(sc, line, &plan);
	if (!e)
		e = take_world(sc, line, &p->theatre);
	if (e)
		return e;
	p->theatre.dice = (uint64_t)w.seed;
	out_printf(&line->out, "plan %s: %s; %lld mails wanted a day, %lld mailboxes\n\n",
		plan->name, plan->title, (long long)w.volume, (long long)w.mailboxes);
	print_head(p, &line->out);
	play_days(p, plan, &line->out);
	out_printf(&line->out, "\n%s:\n%s",
		p->all ? "decisions" : "decisions beyond the daily ones", p->decisions.data);
	return ERR_NONE;
}
