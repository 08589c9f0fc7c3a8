/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/ramp.h"

#include <string.h>

#define MORE (RAMP_CAP + 1)
/* Growing caps are kept to so many parts of a mail. */
#define PART (INT64_C(1) << 32)

const char *ramp_curve_name(enum ramp_curve c)
{
	static const char *const names[RAMP_CURVES] = { "mailbox", "consumer", "hosted", "other" };

	return c < RAMP_CURVES ? names[c] : "?";
}

/* START grown DAYS times, rounded down. Parts are rounded to the nearest each day and a millionth
   of a mail is added at the end, so that what is a whole number stays one. */
static int64_t grown(int64_t start, int64_t growth, int64_t days)
{
	__int128 parts = (__int128)start * PART;

	for (int64_t i = 0; i < days && parts < (__int128)MORE * PART; i++)
		parts = (parts * growth + 500) / 1000;
	return parts >= (__int128)MORE * PART ? MORE : (int64_t)((parts + PART / 1000000) / PART);
}

static int64_t phase_cap(const struct ramp_phase *p, int64_t day)
{
	if (p->to && day > p->to)
		day = p->to;
	if (p->growth)
		return grown(p->start, p->growth, day - p->from);
	return p->to > p->from
		       ? p->start + (p->end - p->start) * (day - p->from) / (p->to - p->from)
		       : p->end;
}

int64_t ramp_cap(const struct ramp *r, int64_t day)
{
	int64_t cap = 0;

	if (day < 1)
		day = 1;
	if (day > RAMP_DAYS)
		day = RAMP_DAYS;
	for (size_t i = 0; i < r->count && r->phases[i].from <= day; i++)
		cap = phase_cap(&r->phases[i], day);
	return cap < r->most ? cap : r->most;
}

int64_t ramp_last(const struct ramp *r)
{
	int64_t most = ramp_cap(r, RAMP_DAYS), low = 1, high = RAMP_DAYS;

	/* It never falls (ramp_check). */
	while (low < high) {
		int64_t middle = (low + high) / 2;

		if (ramp_cap(r, middle) >= most)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* ---- is it a plan ---- */

static enum err refuse(struct scope *sc, enum ramp_curve c, const char *what, int64_t day)
{
	return fail_field(sc, ramp_curve_name(c), "curve %s, day %lld: %s", ramp_curve_name(c),
		(long long)day, what);
}

static enum err check_phase(struct scope *sc, enum ramp_curve c, const struct ramp *r, size_t i)
{
	const struct ramp_phase *p = &r->phases[i];
	int64_t next = i ? r->phases[i - 1].to + 1 : 1;
	bool last = i + 1 == r->count;

	if (p->from < 1 || p->from > RAMP_DAYS || p->to > RAMP_DAYS || (!p->to && !last) ||
		(p->to && p->to < p->from))
		return refuse(sc, c, "a phase goes from a day to the same or a later one", p->from);
	if (p->from < next)
		return refuse(sc, c, "phases overlap", p->from);
	if (p->from > next)
		return refuse(sc, c, "no phase says anything about the days before", p->from);
	if (p->start < 1 || p->start > RAMP_CAP || p->end > RAMP_CAP)
		return refuse(sc, c, "a cap is out of range", p->from);
	if (p->growth ? p->growth < 1000 || p->growth > RAMP_GROWTH : p->end < p->start)
		return refuse(sc, c, "the plan falls, or grows too fast for any", p->from);
	return ERR_NONE;
}

static enum err check_curve(struct scope *sc, const struct ramp_plan *p, enum ramp_curve c)
{
	const struct ramp *r = &p->curves[c];

	if (!r->count || r->count > RAMP_PHASES || r->most < 1 || r->most > RAMP_CAP)
		return refuse(sc, c, "a curve has 1 to 8 phases and a largest cap", 1);
	for (size_t i = 0; i < r->count; i++) {
		enum err e = check_phase(sc, c, r, i);

		if (e)
			return e;
	}
	for (int64_t day = 2; day <= RAMP_DAYS; day++) {
		int64_t before = ramp_cap(r, day - 1), cap = ramp_cap(r, day), may;

		may = before * p->rise / 100;
		may = before + (may > p->rise_least ? may : p->rise_least) + RAMP_SPARE;
		if (cap < before)
			return refuse(sc, c, "the plan falls", day);
		if (cap > may)
			return refuse(sc, c, "the plan rises by more than it allows a day", day);
	}
	return ERR_NONE;
}

enum err ramp_check(struct scope *sc, const struct ramp_plan *p)
{
	if (str_empty(p->name) || strlen(p->name) > RAMP_NAME)
		return fail_field(sc, "name", "a plan needs a name of at most %d bytes", RAMP_NAME);
	if (p->rise < 0 || p->rise > 200 || p->rise_least < 0 || p->rise_least > RAMP_CAP)
		return fail_field(sc, "rise", "a day's rise is 0 to 200 percent");
	if (p->days < 1 || p->days > 127 || p->from_minute < 0 || p->to_minute > 1440 ||
		p->from_minute >= p->to_minute)
		return fail_field(sc, "window",
			"a window needs a weekday and ends later on the day it begins");
	if (p->new_share < 1 || p->new_share > 100)
		return fail_field(sc, "new", "the share of first mails is 1 to 100 percent");
	for (size_t i = 0; i < gate_field_count; i++) {
		const struct gate_field *f = &gate_fields[i];
		int64_t n = *(const int64_t *)((const char *)&p->gates + f->offset);

		if (n < f->low || n > f->high)
			return fail_field(sc, f->name, "gate %s is %lld to %lld", f->name,
				(long long)f->low, (long long)f->high);
	}
	for (int c = 0; c < RAMP_CURVES; c++) {
		enum err e = check_curve(sc, p, (enum ramp_curve)c);

		if (e)
			return e;
	}
	return ERR_NONE;
}
