/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/shape.h"

#include <stdio.h>
#include <string.h>

#define STEP_MS    HOUR_MS          /* quiet for one step up */
#define TROUBLE_MS (10 * MINUTE_MS) /* one wave of refusals is one reason to slow down */
#define LEAST_RATE 2                /* mails an hour: the rate never falls below */
#define RISE_PART  10               /* a step up is this part of where the rate fell from */

const char *shape_what_name(enum shape_what w)
{
	static const char *const names[SHAPE_WHATS] = { "ignore", "rate", "connections", "messages",
		"suspend" };

	return w < SHAPE_WHATS ? names[w] : "?";
}

static uint32_t rule_number(const char *name)
{
	uint32_t h = 2166136261U;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619U;
	return h;
}

/* Writes the reply down; how many the rule has seen in its time. */
static int64_t count_hits(struct shaping *s, const struct shape_rule *rule, int64_t now)
{
	uint32_t number = rule_number(rule->name);
	int64_t n = 0;

	s->hits[s->next_hit].rule = number;
	s->hits[s->next_hit].at = now;
	s->next_hit = (s->next_hit + 1) % SHAPE_HITS;
	for (size_t i = 0; i < SHAPE_HITS; i++)
		n += s->hits[i].rule == number && s->hits[i].at > now - rule->hits_ms &&
		     s->hits[i].at <= now;
	return n;
}

/* The rule's own place, else a free one, else the one that ends first. */
static struct shape_override *place_for(
	struct shaping *s, const struct shape_rule *rule, int64_t now)
{
	struct shape_override *best = &s->overrides[0];

	for (size_t i = 0; i < SHAPE_OVERRIDES; i++)
		if (str_eq(s->overrides[i].rule, rule->name))
			return &s->overrides[i];
	for (size_t i = 0; i < SHAPE_OVERRIDES; i++)
		if (s->overrides[i].until < best->until)
			best = &s->overrides[i];
	if (best->until > now && best->until > now + rule->for_ms)
		return NULL;
	return best;
}

bool shape_hit(struct shaping *s, const struct shape_rule *rule, int64_t now, struct decision *d)
{
	struct shape_override *o;
	bool new;

	if (rule->what == SHAPE_IGNORE || count_hits(s, rule, now) < rule->hits)
		return false;
	o = place_for(s, rule, now);
	if (!o)
		return false;
	new = !str_eq(o->rule, rule->name) || o->until <= now;
	if (new)
		o->since = now;
	snprintf(o->rule, sizeof o->rule, "%s", rule->name);
	o->what = rule->what;
	o->value = rule->value;
	o->until = now + rule->for_ms;
	*d = (struct decision){ .kind = DECIDE_SHAPE,
		.reason = shape_what_name(rule->what),
		.rule = o->rule,
		.at = now,
		.until = o->until,
		.value = o->value };
	return new;
}

/* ---- a rate of our own ---- */

bool shape_trouble(struct shaping *s, int64_t now, int64_t hour, struct decision *d)
{
	int64_t from = s->rate ? s->rate : hour;
	bool same_wave = s->trouble && now >= s->trouble && now < s->trouble + TROUBLE_MS;
	int64_t was = s->rate;

	if (same_wave)
		return false;
	s->trouble = now;
	if (from <= LEAST_RATE)
		from = LEAST_RATE;
	if (!s->rate || s->ceiling < from)
		s->ceiling = from;
	s->rate = from / 2 > LEAST_RATE ? from / 2 : LEAST_RATE;
	s->changed = now;
	*d = (struct decision){ .kind = DECIDE_SLOWER,
		.reason = "trouble",
		.at = now,
		.until = now + STEP_MS,
		.value = s->rate };
	return s->rate != was;
}

bool shape_quiet(struct shaping *s, int64_t now, struct decision *d)
{
	int64_t step = s->ceiling / RISE_PART;
	bool rose = false;

	if (!s->rate)
		return false;
	/* After a long absence many steps are due at once. */
	while (s->rate && now >= s->changed + STEP_MS) {
		s->rate += step > 0 ? step : 1;
		s->changed += STEP_MS;
		rose = true;
		/* Where it fell from is passed by as much again: it no longer binds. */
		if (s->rate >= 2 * s->ceiling)
			s->rate = 0;
	}
	if (rose)
		*d = (struct decision){ .kind = DECIDE_FASTER,
			.reason = s->rate ? "quiet" : "free",
			.at = now,
			.value = s->rate };
	return rose;
}

void shape_release(struct shaping *s, int64_t now)
{
	if (now > s->last)
		s->last = now;
}

/* ---- what holds now ---- */

static void hold_rate(
	const struct shaping *s, int64_t now, int64_t rate, const char *by, struct shape_verdict *v)
{
	int64_t free = s->last ? s->last + HOUR_MS / rate : 0;

	if (now >= free || (v->held && v->lifts >= free))
		return;
	*v = (struct shape_verdict){ true, free, rate, by };
}

struct shape_verdict shape_check(const struct shaping *s, int64_t now)
{
	struct shape_verdict v = { .lifts = now, .by = "" };

	if (s->rate)
		hold_rate(s, now, s->rate, "own rate", &v);
	for (size_t i = 0; i < SHAPE_OVERRIDES; i++) {
		const struct shape_override *o = &s->overrides[i];

		if (o->until <= now)
			continue;
		if (o->what == SHAPE_RATE)
			hold_rate(s, now, o->value, o->rule, &v);
		else if (o->what == SHAPE_SUSPEND && (!v.held || v.lifts < o->until))
			v = (struct shape_verdict){ true, o->until, 0, o->rule };
	}
	return v;
}

int64_t shape_least(const struct shaping *s, enum shape_what what, int64_t now, int64_t fallback)
{
	int64_t least = fallback;

	for (size_t i = 0; i < SHAPE_OVERRIDES; i++) {
		const struct shape_override *o = &s->overrides[i];

		if (o->until > now && o->what == what && o->value < least)
			least = o->value;
	}
	return least;
}
