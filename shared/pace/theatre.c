/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/theatre.h"

#include <string.h>

#include "pace/lines.h"

#define OF 10000

int64_t theatre_dice(struct theatre *t, int64_t n)
{
	uint64_t x = t->dice += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	x ^= x >> 31;
	return (int64_t)(x % (uint64_t)n);
}

/* ---- the file ---- */

static bool numbers(const struct line *l, int64_t most, int64_t *a, int64_t *b)
{
	return str_int(l->words[1], 0, most, a) && (!b || str_int(l->words[2], 0, most, b));
}

static bool is_reply(const char *text)
{
	return (text[0] == '4' || text[0] == '5') && strlen(text) > 4 &&
	       strspn(text, "0123456789") == 3;
}

static enum err parse_block(struct scope *sc, const struct line *l, struct theatre_provider *p)
{
	if (p->block_count == THEATRE_BLOCKS)
		return line_refuse(sc, l, "there are too many blocks");
	if (l->count != 4 || !is_reply(l->words[3]) ||
		!numbers(l, 366, &p->blocks[p->block_count].from, &p->blocks[p->block_count].to))
		return line_refuse(sc, l, "a block is: from day, to day, \"4.. or 5.. reply\"");
	p->blocks[p->block_count++].reply = l->words[3];
	return ERR_NONE;
}

static bool parse_limit(const struct line *l, int64_t *most, const char **reply)
{
	if (l->count != 3 || !numbers(l, 10000000, most, NULL) || !is_reply(l->words[2]))
		return false;
	*reply = l->words[2];
	return true;
}

static enum err parse_detail(struct scope *sc, const struct line *l, struct theatre_provider *p)
{
	const char *what = l->words[0];
	bool good;

	if (str_eq(what, "block"))
		return parse_block(sc, l, p);
	if (str_eq(what, "hard"))
		good = l->count == 2 && numbers(l, OF, &p->hard, NULL);
	else if (str_eq(what, "complaints"))
		good = l->count == 3 && numbers(l, 1000000, &p->complaints, &p->complaints_from);
	else if (str_eq(what, "greylist"))
		good = l->count == 3 && numbers(l, 1440, &p->grey, &p->grey_ms);
	else if (str_eq(what, "hourly"))
		good = parse_limit(l, &p->hourly, &p->hourly_reply);
	else if (str_eq(what, "daily"))
		good = parse_limit(l, &p->daily, &p->daily_reply);
	else
		return line_refuse(sc, l, "this word is not known here");
	if (str_eq(what, "greylist"))
		p->grey_ms *= MINUTE_MS;
	return good ? ERR_NONE : line_refuse(sc, l, "its values are missing or out of range");
}

static enum err begin(
	struct scope *sc, const struct line *l, const struct providers *table, struct theatre *t)
{
	struct theatre_provider *p = &t->list[t->count];

	if (t->count == THEATRE_PROVIDERS)
		return line_refuse(sc, l, "there are too many providers");
	if (l->count != 3 || !str_int(l->words[2], 1, 100, &p->share))
		return line_refuse(sc, l, "a provider is: provider name share");
	p->provider = provider_named(table, l->words[1]);
	if (!str_eq(p->provider->name, l->words[1]))
		return line_refuse(sc, l, "this provider is not in the table");
	t->count++;
	return ERR_NONE;
}

enum err theatre_parse(
	struct scope *sc, struct bytes text, const struct providers *table, struct theatre *t)
{
	struct lines lines;
	struct line l;
	int64_t sum = 0;
	enum err e = lines_open(sc, &lines, "world", text);

	memset(t, 0, sizeof *t);
	while (!e && lines_next(sc, &lines, &l, &e)) {
		if (str_eq(l.words[0], "provider"))
			e = begin(sc, &l, table, t);
		else if (t->count)
			e = parse_detail(sc, &l, &t->list[t->count - 1]);
		else
			e = line_refuse(sc, &l, "a world begins with a provider");
	}
	for (size_t i = 0; i < t->count; i++)
		sum += t->list[i].share;
	if (!e && sum != 100)
		e = fail(sc, ERR_INPUT, "world: the shares sum to %lld and not to 100",
			(long long)sum);
	return e;
}

/* ---- the play ---- */

static void count(struct theatre_provider *p, int64_t now)
{
	if (now / HOUR_MS != p->hour)
		p->in_hour = 0;
	if (clock_day(now) != p->day)
		p->in_day = 0;
	p->hour = now / HOUR_MS;
	p->day = clock_day(now);
	p->in_hour++;
	p->in_day++;
}

/* Complaints of 10,000 at today's volume. */
static int64_t complaints_of(const struct theatre_provider *p)
{
	if (p->complaints_from > 0 && p->in_day > p->complaints_from)
		return p->complaints * p->in_day / p->complaints_from;
	return p->complaints;
}

static void say(struct theatre_reply *r, const char *text)
{
	r->text = text;
	r->code = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

void theatre_try(struct theatre *t, size_t provider, int64_t now, int64_t day, bool first,
	int64_t waited_ms, struct theatre_reply *r)
{
	struct theatre_provider *p = &t->list[provider];
	int64_t luck = theatre_dice(t, OF), grey = theatre_dice(t, 100);

	*r = (struct theatre_reply){ 0 };
	count(p, now);
	for (size_t i = 0; i < p->block_count; i++)
		if (day >= p->blocks[i].from && day <= p->blocks[i].to) {
			say(r, p->blocks[i].reply);
			return;
		}
	if (p->hourly && p->in_hour > p->hourly)
		say(r, p->hourly_reply);
	else if (p->daily && p->in_day > p->daily)
		say(r, p->daily_reply);
	else if (first && luck < p->hard)
		say(r, "550 5.1.1 user unknown");
	else if (first ? grey < p->grey : waited_ms < p->grey_ms && grey < p->grey)
		say(r, "451 4.7.1 Greylisted, please try again later");
	else
		say(r, "250 2.0.0 taken");
	if (r->code == 250 && theatre_dice(t, OF) < complaints_of(p))
		r->complaint_in = HOUR_MS + theatre_dice(t, 23 * HOUR_MS);
}
