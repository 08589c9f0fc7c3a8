/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "repute/score_follow.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "repute/score.h"
#include "text/json.h"

const char *const score_follow_kinds[] = { "mail.delivered", "mail.bounced", "mail.expired",
	"contact.unsubscribed", NULL };

SQL(score_of_mailbox, SQL_TENANT, "SELECT domain FROM mailbox WHERE tenant = $1 AND id = $2");
/* One that has several is judged by the first; the sign keeps SQLite to the index of appliances. */
SQL(score_of_appliance, SQL_TENANT,
	"SELECT MIN(+id) FROM address WHERE tenant = $1 AND appliance = $2");
SQL(score_of_message, SQL_TENANT,
	"SELECT mailbox, appliance FROM message WHERE tenant = $1 AND id = $2");

struct source {
	int64_t mailbox, appliance;
};
SHAPE(source_shape, struct source, COL(struct source, mailbox), COL(struct source, appliance));

/* One mail's end, and whose it is. */
struct end {
	struct source from;
	int64_t day;
	struct score_counts counts;
};

struct sum {
	enum score_unit unit;
	int64_t id, day;
	struct score_counts counts;
};

/* ---- reading ---- */

static void read_end(struct end *x, const char *kind, const char *reason)
{
	struct score_counts *c = &x->counts;

	c->sent = 1;
	if (str_eq(kind, "mail.delivered"))
		c->delivered = 1;
	else if (str_eq(reason, "recipient"))
		c->hard = 1;
	else if (str_eq(reason, "infrastructure"))
		c->infra = 1;
	else
		c->soft = 1;
}

/* Who leaves or complains does so through a mail that was counted already. */
static enum err read_leave(struct scope *sc, struct end *x, const struct json *data)
{
	bool complained = str_eq(json_text(data, "reason"), "complained");
	int64_t message = json_id(data, "message", ID_MESSAGE);
	enum err e;

	if (!message)
		return ERR_NONE;
	e = db_one(sc, &score_of_message, BIND(V(message)), &source_shape, &x->from);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	x->counts.complained = complained;
	x->counts.unsubscribed = !complained;
	return e;
}

static enum err read_row(struct scope *sc, const struct event_row *row, struct end *x)
{
	const struct json *data = event_data(sc, row);

	*x = (struct end){ .day = clock_day(
				   clock_plan_at(sc->world->clock, (struct real){ row->at }).ms) };
	if (!data)
		return ERR_NONE;
	if (str_eq(row->kind, "contact.unsubscribed"))
		return read_leave(sc, x, data);
	x->from.mailbox = json_id(data, "mailbox", ID_MAILBOX);
	x->from.appliance = json_id(data, "appliance", ID_APPLIANCE);
	read_end(x, row->kind, json_text(data, "reason"));
	return ERR_NONE;
}

/* ---- adding up ---- */

static void add_counts(struct score_counts *to, const struct score_counts *c)
{
	to->sent += c->sent;
	to->delivered += c->delivered;
	to->hard += c->hard;
	to->infra += c->infra;
	to->soft += c->soft;
	to->complained += c->complained;
	to->unsubscribed += c->unsubscribed;
}

static int by_unit(const void *a, const void *b)
{
	const struct sum *x = a, *y = b;

	if (x->unit != y->unit)
		return x->unit < y->unit ? -1 : 1;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->day < y->day ? -1 : x->day > y->day;
}

/* Equal neighbours become one. */
static size_t merge(struct sum *list, size_t n)
{
	size_t kept = 0;

	if (n)
		qsort(list, n, sizeof *list, by_unit);
	for (size_t i = 0; i < n; i++)
		if (kept && by_unit(&list[kept - 1], &list[i]) == 0)
			add_counts(&list[kept - 1].counts, &list[i].counts);
		else
			list[kept++] = list[i];
	return kept;
}

/* The other unit of what was added up: 0 where there is none. */
static enum err other_of(struct scope *sc, const struct sql *q, int64_t id, int64_t *other)
{
	enum err e = db_int(sc, q, BIND(V(id)), other);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		*other = 0;
		e = ERR_NONE;
	}
	return e;
}

/* Mailboxes, then their domains; machines, then their addresses: each asked for once. One order for
   all writers, so that two of them never wait for each other in a ring. */
static enum err put(struct scope *sc, struct sum *list, size_t n)
{
	struct sum *all = arena_array(sc->mem, 2 * n, sizeof *all);
	size_t count = 0;
	enum err e = ERR_NONE;

	n = merge(list, n);
	for (size_t i = 0; i < n && !e; i++) {
		bool box = list[i].unit == SCORE_MAILBOX;
		int64_t other;

		e = other_of(sc, box ? &score_of_mailbox : &score_of_appliance, list[i].id, &other);
		if (!e && box && other)
			all[count++] = list[i];
		if (e || !other)
			continue;
		all[count] = list[i];
		all[count].unit = box ? SCORE_DOMAIN : SCORE_ADDRESS;
		all[count++].id = other;
	}
	count = merge(all, count);
	for (size_t i = 0; i < count && !e; i++)
		e = score_add(sc, all[i].unit, all[i].id, all[i].day, &all[i].counts);
	return e;
}

enum err score_follow(struct scope *sc, const struct event_row *rows, size_t n)
{
	struct sum *list = arena_array(sc->mem, 2 * n, sizeof *list);
	size_t count = 0;
	enum err e = ERR_NONE;

	for (size_t i = 0; i < n && !e; i++) {
		struct end x;

		e = read_row(sc, &rows[i], &x);
		if (!e && x.from.mailbox)
			list[count++] =
				(struct sum){ SCORE_MAILBOX, x.from.mailbox, x.day, x.counts };
		/* SCORE_ADDRESS stands for the machine until put() knows its address. */
		if (!e && x.from.appliance)
			list[count++] =
				(struct sum){ SCORE_ADDRESS, x.from.appliance, x.day, x.counts };
	}
	return e ? e : put(sc, list, count);
}
