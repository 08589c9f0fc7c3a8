/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/lane_text.h"

#include <stddef.h>
#include <string.h>

#include "text/json.h"

struct number {
	const char *name;
	size_t offset;
	int64_t low;
};

#define NUMBER(t, m, low)                                                                          \
	{                                                                                          \
#m, offsetof(struct t, m), low                                                     \
	}

static const struct number lane_numbers[] = {
	NUMBER(lane, stage, 1),
	NUMBER(lane, cap, 0),
	NUMBER(lane, cap_most, 0),
	NUMBER(lane, cap_before, 0),
	NUMBER(lane, slot, 0),
	NUMBER(lane, idle, 0),
	NUMBER(lane, first, 0),
	NUMBER(lane, first_hard, 0),
	NUMBER(lane, row, 0),
	NUMBER(lane, throttled, 0),
	NUMBER(lane, throttled_last, 0),
	NUMBER(lane, throttled_rest, 0),
	NUMBER(lane, stopped, 0),
	NUMBER(lane, stopped_at, 0),
	NUMBER(lane, stops, 0),
};

static const struct number day_numbers[] = {
	NUMBER(lane_day, day, 0),
	NUMBER(lane_day, cap, 0),
	NUMBER(lane_day, mails, 0),
	NUMBER(lane_day, retries, 0),
	NUMBER(lane_day, fresh, 0),
	NUMBER(lane_day, ended, 0),
	NUMBER(lane_day, accepted, 0),
	NUMBER(lane_day, deferred, 0),
	NUMBER(lane_day, hard, 0),
	NUMBER(lane_day, infra, 0),
	NUMBER(lane_day, complained, 0),
};

static const struct number shape_numbers[] = {
	NUMBER(shaping, rate, 0),
	NUMBER(shaping, ceiling, 0),
	NUMBER(shaping, changed, 0),
	NUMBER(shaping, trouble, 0),
	NUMBER(shaping, last, 0),
};

static const struct number override_numbers[] = {
	NUMBER(shape_override, value, 0),
	NUMBER(shape_override, since, 0),
	NUMBER(shape_override, until, 0),
};

static void put_numbers(struct out *o, const struct number *list, size_t count, const void *from)
{
	for (size_t i = 0; i < count; i++) {
		int64_t n = *(const int64_t *)((const char *)from + list[i].offset);

		if (n)
			json_add_int(o, list[i].name, n);
	}
}

static void put_day(struct out *o, const struct lane_day *d)
{
	json_open(o);
	put_numbers(o, day_numbers, COUNT(day_numbers), d);
	json_close(o);
}

static void put_shape(struct out *o, const struct shaping *s)
{
	json_name(o, "shape");
	json_open(o);
	put_numbers(o, shape_numbers, COUNT(shape_numbers), s);
	json_name(o, "overrides");
	json_open_list(o);
	for (size_t i = 0; i < SHAPE_OVERRIDES; i++) {
		if (!s->overrides[i].rule[0])
			continue;
		json_open(o);
		json_add_text(o, "rule", s->overrides[i].rule);
		json_add_text(o, "what", shape_what_name(s->overrides[i].what));
		put_numbers(o, override_numbers, COUNT(override_numbers), &s->overrides[i]);
		json_close(o);
	}
	json_close_list(o);
	/* Oldest first, so that the ring goes on where it stood. */
	json_name(o, "hits");
	json_open_list(o);
	for (size_t i = 0; i < SHAPE_HITS; i++) {
		size_t at = (s->next_hit + i) % SHAPE_HITS;

		if (!s->hits[at].at)
			continue;
		json_put_int(o, s->hits[at].rule);
		json_put_int(o, s->hits[at].at);
	}
	json_close_list(o);
	json_close(o);
}

void lane_format(struct out *o, const struct lane *l)
{
	json_open(o);
	put_numbers(o, lane_numbers, COUNT(lane_numbers), l);
	json_add_bool(o, "listed", l->listed);
	/* Pairs: how many slots ago, how many mails. */
	json_name(o, "slots");
	json_open_list(o);
	for (int64_t ago = 0; ago < LANE_SLOTS && ago <= l->slot; ago++) {
		int32_t n = l->slots[(l->slot - ago) % LANE_SLOTS];

		if (!n)
			continue;
		json_put_int(o, ago);
		json_put_int(o, n);
	}
	json_close_list(o);
	json_name(o, "days");
	json_open_list(o);
	for (size_t i = 0; i < LANE_DAYS && l->days[i].day; i++)
		put_day(o, &l->days[i]);
	json_close_list(o);
	if (l->spent.day) {
		json_name(o, "spent");
		put_day(o, &l->spent);
	}
	put_shape(o, &l->shape);
	json_close(o);
}

/* ---- reading ---- */

static bool get_numbers(const struct json *j, const struct number *list, size_t count, void *into)
{
	for (size_t i = 0; i < count; i++) {
		int64_t n = json_int(j, list[i].name, 0);

		if (n < list[i].low || n > JSON_WHOLE)
			return false;
		*(int64_t *)((char *)into + list[i].offset) = n;
	}
	return j && j->kind == JSON_OBJECT;
}

static bool get_slots(const struct json *j, struct lane *l)
{
	for (const struct json *at = j ? j->first : NULL; at; at = at->next->next) {
		const struct json *n = at->next;

		if (!n || at->kind != JSON_WHOLE_NUMBER || n->kind != JSON_WHOLE_NUMBER ||
			at->n < 0 || at->n >= LANE_SLOTS || at->n > l->slot || n->n < 1 ||
			n->n > RAMP_CAP)
			return false;
		l->slots[(l->slot - at->n) % LANE_SLOTS] = (int32_t)n->n;
	}
	for (size_t i = 0; i < LANE_SLOTS; i++)
		l->window += l->slots[i];
	return true;
}

static bool get_hits(const struct json *j, struct shaping *s)
{
	for (const struct json *at = j ? j->first : NULL; at; at = at->next->next) {
		const struct json *n = at->next;

		if (!n || at->n < 0 || at->n > UINT32_MAX || n->n < 1 || s->next_hit == SHAPE_HITS)
			return false;
		s->hits[s->next_hit].rule = (uint32_t)at->n;
		s->hits[s->next_hit++].at = n->n;
	}
	s->next_hit %= SHAPE_HITS;
	return true;
}

static bool get_override(const struct json *j, struct shape_override *o)
{
	const char *rule = json_text(j, "rule"), *what = json_text(j, "what");

	if (!rule || strlen(rule) > SHAPE_NAME || !what ||
		!get_numbers(j, override_numbers, COUNT(override_numbers), o))
		return false;
	memcpy(o->rule, rule, strlen(rule));
	for (int w = 0; w < SHAPE_WHATS; w++)
		if (str_eq(shape_what_name((enum shape_what)w), what)) {
			o->what = (enum shape_what)w;
			/* A rate divides by it. */
			return o->what != SHAPE_RATE || o->value > 0;
		}
	return false;
}

static bool get_shape(const struct json *j, struct shaping *s)
{
	size_t n = 0;

	if (!get_numbers(j, shape_numbers, COUNT(shape_numbers), s))
		return false;
	JSON_EACH(o, json_get(j, "overrides"))
	if (n == SHAPE_OVERRIDES || !get_override(o, &s->overrides[n++]))
		return false;
	return get_hits(json_get(j, "hits"), s);
}

static bool get_days(const struct json *j, struct lane *l)
{
	size_t n = 0;

	JSON_EACH(d, j)
	if (n == LANE_DAYS || !get_numbers(d, day_numbers, COUNT(day_numbers), &l->days[n++]))
		return false;
	return n > 0;
}

enum err lane_parse(struct scope *sc, struct bytes text, struct lane *out)
{
	struct lane *l = arena_alloc(sc->mem, sizeof *l);
	const struct json *j, *spent;
	enum err e = json_parse(sc, text, LANE_TEXT_MAX, &j);

	if (e)
		return e;
	spent = json_get(j, "spent");
	l->listed = json_bool(j, "listed", false);
	if (!get_numbers(j, lane_numbers, COUNT(lane_numbers), l) ||
		!get_slots(json_get(j, "slots"), l) || !get_days(json_get(j, "days"), l) ||
		(spent && !get_numbers(spent, day_numbers, COUNT(day_numbers), &l->spent)) ||
		!get_shape(json_get(j, "shape"), &l->shape))
		return fail(sc, ERR_INPUT, "this is no lane");
	*out = *l;
	return ERR_NONE;
}
