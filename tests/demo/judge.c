/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The verdict knows nothing of the hub's database: who should get how many mails follows from the
 * file of contacts and the sink's rules, and what arrived from the sink's record alone.
 */
#include "demo.h"

#define MAILS_EACH 2

struct person {
	const char *address; /* lower case */
	bool closed;         /* the sink refuses it for good */
	bool foreign;        /* a local part that cannot be mailed yet */
	int64_t accepted, refused;
};

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text > 0x7f)
			return false;
	return true;
}

/* The first column of each line but the header that is an address. */
static struct person *people_of(struct scope *sc, struct bytes contacts, size_t *n)
{
	const char *text = arena_copy(sc->mem, contacts.data, contacts.len);
	struct person *list = arena_array(sc->mem, contacts.len / 4 + 1, sizeof *list);

	*n = 0;
	for (text += strcspn(text, "\n"); *text; text += strcspn(text, "\n")) {
		const char *address = ++text;
		size_t len = strcspn(address, ",\n");

		if (!memchr(address, '@', len))
			continue;
		address = str_lower(sc->mem, arena_copy(sc->mem, address, len));
		list[(*n)++] = (struct person){ .address = address,
			.closed = str_ends(address, "@closed.test"),
			.foreign = !is_ascii(address) };
	}
	return list;
}

static struct person *find(struct person *people, size_t n, const char *address)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(people[i].address, address))
			return &people[i];
	return NULL;
}

static bool is_accepted(const struct got *g)
{
	return str_eq(g->what, "accepted");
}

/* Counts ROW unless its Message-ID came before: then it is a second injection, or the same queue
   entry delivered again. */
static bool is_first(const struct got *rows, size_t i, struct verdict *v)
{
	bool seen = false, same_queue = false;

	for (size_t k = 0; k < i; k++)
		if (is_accepted(&rows[k]) && str_eq(rows[k].message_id, rows[i].message_id)) {
			seen = true;
			same_queue |= str_eq(rows[k].queue_id, rows[i].queue_id);
		}
	if (seen && same_queue)
		v->redelivered++;
	else if (seen)
		v->duplicated++;
	return !seen;
}

static void judge_person(const struct person *p, struct verdict *v)
{
	int64_t expected = p->closed || p->foreign ? 0 : MAILS_EACH;

	v->people++;
	if (p->accepted > expected)
		v->duplicated += p->accepted - expected;
	if (p->accepted < expected)
		v->lost += expected - p->accepted;
	if (p->closed && p->refused == 0)
		v->lost++;
	/* One hard bounce stops a person: a second try would be a second mail. */
	if (p->closed && p->refused > 1)
		v->duplicated += p->refused - 1;
}

enum err demo_judge(struct scope *sc, struct demo *d, struct bytes contacts, struct verdict *v)
{
	size_t n, count;
	struct person *people = people_of(sc, contacts, &count);
	struct got *rows;
	enum err e = got_list(sc, d->lab, &rows, &n);

	if (e)
		return e;
	*v = (struct verdict){ 0 };
	for (size_t i = 0; i < n; i++) {
		struct person *p = find(people, count, rows[i].rcpt);

		if (!p)
			return fail(sc, ERR_INTERNAL, "the sink has a mail for a stranger");
		if (str_eq(rows[i].what, "refused"))
			p->refused++;
		if (!is_accepted(&rows[i]) || !is_first(rows, i, v))
			continue;
		p->accepted++;
		v->accepted++;
	}
	for (size_t i = 0; i < count; i++)
		judge_person(&people[i], v);
	return ERR_NONE;
}
