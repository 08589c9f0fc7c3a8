/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "meta.h"

#include "base/rand.h"

struct meta_row {
	int64_t number;
	const char *text;
};
SHAPE(meta_shape, struct meta_row, COL(struct meta_row, number), COL(struct meta_row, text));

SQL(meta_find, SQL_ENGINE, "SELECT number, text FROM meta WHERE name = $1");
SQL(meta_put, SQL_ENGINE,
	"INSERT INTO meta (name, number, text) VALUES ($1, $2, $3) "
	"ON CONFLICT (name) DO UPDATE SET number = excluded.number, text = excluded.text");

enum err meta_get(struct scope *sc, const char *name, int64_t *number, const char **text)
{
	struct meta_row row = { 0 };
	enum err e = db_one(sc, &meta_find, BIND(V(name)), &meta_shape, &row);

	if (e && e != ERR_MISSING)
		return e;
	if (number)
		*number = row.number;
	if (text)
		*text = row.text;
	return ERR_NONE;
}

enum err meta_set(struct scope *sc, const char *name, int64_t number, const char *text)
{
	return db_run(sc, &meta_put, BIND(V(name), V(number), V(text)), NULL);
}

int64_t meta_new_epoch(void)
{
	return 1 + rand_below(INT64_MAX - 1);
}

static enum err begin(struct scope *sc, void *arg)
{
	int64_t epoch;
	enum err e = meta_get(sc, META_EPOCH, &epoch, NULL);

	if (e || epoch)
		return e;
	e = meta_set(sc, META_EPOCH, meta_new_epoch(), NULL);
	return e ? e : meta_set(sc, META_NEXT_SEQ, 1, NULL);
}

enum err meta_begin(struct scope *sc)
{
	return db_write(sc, begin, NULL);
}
