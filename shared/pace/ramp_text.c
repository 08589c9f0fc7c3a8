/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Plans as text and back. */
#include "pace/ramp.h"

#include <stdlib.h>
#include <string.h>

#include "pace/data.h"
#include "pace/lines.h"

#define MAX_PLANS 50

static int64_t *gate_at(struct gates *g, const struct gate_field *f)
{
	return (int64_t *)((char *)g + f->offset);
}

/* The number at *AT, which lies behind it afterwards; false without a digit. */
static bool take_number(const char **at, int64_t *n)
{
	const char *c = *at;

	for (*n = 0; *c >= '0' && *c <= '9' && *n <= RAMP_CAP; c++)
		*n = *n * 10 + (*c - '0');
	if (c == *at || *n > RAMP_CAP)
		return false;
	*at = c;
	return true;
}

/* "1.25" as 1250. */
static bool take_growth(const char **at, int64_t *growth)
{
	int64_t unit = 1000;

	if (!take_number(at, growth) || *growth > RAMP_GROWTH / 1000)
		return false;
	*growth *= unit;
	if (**at != '.')
		return true;
	for (++*at; **at >= '0' && **at <= '9' && unit > 1; ++*at) {
		unit /= 10;
		*growth += (**at - '0') * unit;
	}
	return true;
}

/* FROM-TO:START..END, FROM-TO:START*GROWTH, FROM-: … */
static bool parse_phase(const char *text, struct ramp_phase *p)
{
	*p = (struct ramp_phase){ 0 };
	if (!take_number(&text, &p->from) || *text++ != '-')
		return false;
	if (*text != ':' && !take_number(&text, &p->to))
		return false;
	if (*text++ != ':' || !take_number(&text, &p->start))
		return false;
	if (*text == '*') {
		text++;
		return take_growth(&text, &p->growth) && !*text;
	}
	if (strncmp(text, "..", 2) != 0)
		return false;
	text += 2;
	return take_number(&text, &p->end) && !*text;
}

static enum err parse_curve(struct scope *sc, const struct line *l, struct ramp *r)
{
	if (r->count)
		return line_refuse(sc, l, "this curve stands twice");
	if (l->count < 3 || l->count > 2 + RAMP_PHASES ||
		!str_int(l->words[1], 1, RAMP_CAP, &r->most))
		return line_refuse(sc, l, "a curve is: name, largest cap, 1 to 8 phases");
	for (size_t i = 2; i < l->count; i++)
		if (!parse_phase(l->words[i], &r->phases[r->count++]))
			return line_refuse(sc, l, "a phase is written 1-14:10..100 or 1-:20*1.25");
	return ERR_NONE;
}

/* "1-5" or "0-6": bits. */
static bool parse_days(const char *text, int64_t *days)
{
	int from = text[0] - '0', to;

	if (strlen(text) != 3 || text[1] != '-')
		return false;
	to = text[2] - '0';
	if (from < 0 || to > 6 || from > to)
		return false;
	*days = 0;
	for (int d = from; d <= to; d++)
		*days |= INT64_C(1) << d;
	return true;
}

static enum err parse_gate(struct scope *sc, const struct line *l, struct gates *g)
{
	for (size_t i = 0; l->count == 3 && i < gate_field_count; i++) {
		const struct gate_field *f = &gate_fields[i];

		if (str_eq(l->words[1], f->name))
			return str_int(l->words[2], f->low, f->high, gate_at(g, f))
				       ? ERR_NONE
				       : line_refuse(sc, l, "this value is out of range");
	}
	return line_refuse(sc, l, "no gate has this name");
}

static enum err parse_detail(struct scope *sc, const struct line *l, struct ramp_plan *p)
{
	const char *const *w = l->words;

	for (int c = 0; c < RAMP_CURVES; c++)
		if (str_eq(w[0], ramp_curve_name((enum ramp_curve)c)))
			return parse_curve(sc, l, &p->curves[c]);
	if (str_eq(w[0], "gate"))
		return parse_gate(sc, l, &p->gates);
	if (str_eq(w[0], "rise"))
		return l->count == 3 && str_int(w[1], 0, 200, &p->rise) &&
				       str_int(w[2], 0, RAMP_CAP, &p->rise_least)
			       ? ERR_NONE
			       : line_refuse(sc, l, "rise is: percent, mails");
	if (str_eq(w[0], "window"))
		return l->count == 4 && parse_days(w[1], &p->days) &&
				       str_int(w[2], 0, 1440, &p->from_minute) &&
				       str_int(w[3], 0, 1440, &p->to_minute)
			       ? ERR_NONE
			       : line_refuse(
					 sc, l, "a window is: weekdays (1-5), minutes from, to");
	if (str_eq(w[0], "new"))
		return l->count == 2 && str_int(w[1], 1, 100, &p->new_share)
			       ? ERR_NONE
			       : line_refuse(sc, l, "new is a percentage from 1 to 100");
	return line_refuse(sc, l, "this word is not known here");
}

static enum err begin_plan(struct scope *sc, const struct line *l, const struct ramp_plan *list,
	size_t count, struct ramp_plan *p)
{
	if (l->count != 3)
		return line_refuse(sc, l, "a plan begins: plan name \"title\"");
	for (size_t i = 0; i < count; i++)
		if (str_eq(list[i].name, l->words[1]))
			return line_refuse(sc, l, "a second plan of this name");
	*p = (struct ramp_plan){ .name = l->words[1],
		.title = l->words[2],
		.rise = 100,
		.days = 127,
		.to_minute = 1440,
		.new_share = 100,
		.gates = gates_standard() };
	return ERR_NONE;
}

enum err ramp_parse(struct scope *sc, struct bytes text, struct ramp_plan **out, size_t *count)
{
	struct ramp_plan *list = arena_array(sc->mem, MAX_PLANS, sizeof *list);
	struct lines lines;
	struct line l;
	size_t n = 0;
	enum err e = lines_open(sc, &lines, "plans", text);

	while (!e && lines_next(sc, &lines, &l, &e)) {
		if (!str_eq(l.words[0], "plan"))
			e = n ? parse_detail(sc, &l, &list[n - 1])
			      : line_refuse(sc, &l, "a plan begins: plan name \"title\"");
		else if (n == MAX_PLANS)
			e = line_refuse(sc, &l, "there are too many plans");
		else
			e = begin_plan(sc, &l, list, n, &list[n]);
		if (!e && str_eq(l.words[0], "plan"))
			n++;
	}
	for (size_t i = 0; i < n && !e; i++)
		e = ramp_check(sc, &list[i]);
	if (e)
		return e;
	*out = list;
	*count = n;
	return ERR_NONE;
}

static void put_phase(struct out *o, const struct ramp_phase *p)
{
	out_printf(o, " %lld-", (long long)p->from);
	if (p->to)
		out_int(o, p->to);
	out_printf(o, ":%lld", (long long)p->start);
	if (p->growth)
		out_printf(o, "*%lld.%03lld", (long long)(p->growth / 1000),
			(long long)(p->growth % 1000));
	else
		out_printf(o, "..%lld", (long long)p->end);
}

void ramp_format(struct out *o, const struct ramp_plan *p)
{
	struct gates standard = gates_standard();
	struct gates own = p->gates;
	int from = 0, to = 6;

	while (from < 6 && !(p->days >> from & 1))
		from++;
	while (to > from && !(p->days >> to & 1))
		to--;
	out_printf(o, "plan %s \"", p->name);
	for (const char *c = p->title; c && *c; c++)
		out_text(o, *c == '"' ? "\"\"" : (char[]){ *c, 0 });
	out_text(o, "\"\n");
	for (int c = 0; c < RAMP_CURVES; c++) {
		const struct ramp *r = &p->curves[c];

		out_printf(o, "\t%s %lld", ramp_curve_name((enum ramp_curve)c), (long long)r->most);
		for (size_t i = 0; i < r->count; i++)
			put_phase(o, &r->phases[i]);
		out_char(o, '\n');
	}
	out_printf(o, "\trise %lld %lld\n\twindow %d-%d %lld %lld\n\tnew %lld\n",
		(long long)p->rise, (long long)p->rise_least, from, to, (long long)p->from_minute,
		(long long)p->to_minute, (long long)p->new_share);
	for (size_t i = 0; i < gate_field_count; i++) {
		const struct gate_field *f = &gate_fields[i];

		if (*gate_at(&own, f) != *gate_at(&standard, f))
			out_printf(o, "\tgate %s %lld\n", f->name, (long long)*gate_at(&own, f));
	}
}

enum err ramp_builtin(struct scope *sc, const char *name, const struct ramp_plan **p)
{
	struct ramp_plan *list;
	size_t n;

	/* A table that cannot be read does not leave the tests. */
	if (ramp_parse(sc, pace_data("plans"), &list, &n))
		abort();
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].name, name)) {
			*p = &list[i];
			return ERR_NONE;
		}
	return fail(sc, ERR_MISSING, "there is no plan %s", name);
}
