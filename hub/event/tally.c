/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <stdlib.h>

#include "event/event_priv.h"

SQL(tally_upsert, SQL_TENANT,
	"INSERT INTO tally (tenant, dim, key, grain, bucket, kind, n) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7) "
	"ON CONFLICT (tenant, dim, key, grain, bucket, kind) DO UPDATE SET n = tally.n + excluded.n");
SQL(tally_of_key, SQL_TENANT,
	"SELECT kind, n FROM tally WHERE tenant = $1 AND dim = $2 AND key = $3 AND grain = $4 "
	"AND bucket = $5 ORDER BY kind");

SHAPE(tally_shape, struct tally_row, COL(struct tally_row, kind), COL(struct tally_row, n));

static void add(struct scope *sc, const struct tally_entry *t)
{
	struct event_list *list = event_list_of(sc);

	if (t->n == 0)
		return;
	if (list->tally_count == list->tally_cap) {
		size_t cap = list->tally_cap ? list->tally_cap * 2 : 8;
		struct tally_entry *more = arena_array(sc->mem, cap, sizeof *more);

		if (list->tally_count)
			memcpy(more, list->tallies, list->tally_count * sizeof *more);
		list->tallies = more;
		list->tally_cap = cap;
	}
	list->tallies[list->tally_count++] = *t;
}

void tally_add(struct scope *sc, const char *dim, int64_t key, const char *kind, int64_t n)
{
	add(sc, &(struct tally_entry){ sc->tenant, key, 0, n, dim, kind, "all" });
}

void tally_add_day(
	struct scope *sc, const char *dim, int64_t key, int64_t day, const char *kind, int64_t n)
{
	add(sc, &(struct tally_entry){ sc->tenant, key, day, n, dim, kind, "day" });
}

static int compare_int(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_row(const void *a, const void *b)
{
	const struct tally_entry *x = a, *y = b;
	int c = compare_int(x->tenant, y->tenant);

	if (!c)
		c = strcmp(x->dim, y->dim);
	if (!c)
		c = compare_int(x->key, y->key);
	if (!c)
		c = strcmp(x->grain, y->grain);
	if (!c)
		c = compare_int(x->bucket, y->bucket);
	return c ? c : strcmp(x->kind, y->kind);
}

/* One order for all writers, so that two of them never wait for each other in a ring. */
enum err tally_write(struct scope *sc, struct event_list *list)
{
	if (list->tally_count)
		qsort(list->tallies, list->tally_count, sizeof *list->tallies, by_row);
	for (size_t i = 0, k; i < list->tally_count; i = k) {
		const struct tally_entry *t = &list->tallies[i];
		int64_t n = 0;
		enum err e;

		for (k = i; k < list->tally_count && by_row(t, &list->tallies[k]) == 0; k++)
			n += list->tallies[k].n;
		if (n == 0)
			continue;
		sc->tenant = t->tenant;
		e = db_run(sc, &tally_upsert,
			BIND(V(t->dim), V(t->key), V(t->grain), V(t->bucket), V(t->kind), V(n)),
			NULL);
		if (e)
			return e;
	}
	return ERR_NONE;
}

enum err tally_list(
	struct scope *sc, const char *dim, int64_t key, struct tally_row **rows, size_t *n)
{
	return db_list(
		sc, &tally_of_key, BIND(V(dim), V(key), V("all"), V(0)), &tally_shape, rows, n);
}

enum err tally_list_day(struct scope *sc, const char *dim, int64_t key, int64_t day,
	struct tally_row **rows, size_t *n)
{
	return db_list(
		sc, &tally_of_key, BIND(V(dim), V(key), V("day"), V(day)), &tally_shape, rows, n);
}

int64_t tally_of(const struct tally_row *rows, size_t n, const char *kind)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].kind, kind))
			return rows[i].n;
	return 0;
}
