/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "store/migrate.h"

#include <sodium.h>

#include "base/out.h"
#include "store/driver.h"

static const char create_table[] = "CREATE TABLE IF NOT EXISTS migration ("
				   "number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, "
				   "hash TEXT NOT NULL, at BIGINT NOT NULL)";

/* Statements about a table that the migrations themselves do not make: not in the list that tests
   prepare against the schema. */
static const struct sql sqlite_has_table = { "sqlite_has_table",
	"SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'migration'",
	SQL_ENGINE };
static const struct sql postgres_has_table = { "postgres_has_table",
	"SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() "
	"AND tablename = 'migration'",
	SQL_ENGINE };
static const struct sql migration_list = { "migration_list",
	"SELECT number, name, hash FROM migration ORDER BY number", SQL_ENGINE };
static const struct sql migration_add = { "migration_add",
	"INSERT INTO migration (number, name, hash, at) VALUES ($1, $2, $3, $4)", SQL_ENGINE };

struct recorded {
	int64_t number;
	const char *name, *hash;
};
SHAPE(recorded_shape, struct recorded, COL(struct recorded, number), COL(struct recorded, name),
	COL(struct recorded, hash));

struct plan_of {
	const struct embedded *list;
	size_t count;
	bool applied; /* by the last step */
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static enum err number_of(struct scope *sc, const struct embedded *m, int64_t *number)
{
	char digits[5] = "";

	snprintf(digits, sizeof digits, "%.4s", base_name(m->name));
	if (!str_int(digits, 1, 9999, number) || base_name(m->name)[4] != '-')
		return fail(sc, ERR_INTERNAL, "migration %s has no number", m->name);
	return ERR_NONE;
}

static const char *hash_of(struct scope *sc, const struct embedded *m)
{
	unsigned char hash[16];

	crypto_generichash(hash, sizeof hash, m->data, m->size, NULL, 0);
	return str_hex(sc->mem, hash, sizeof hash);
}

/* ---- markers ---- */

static void put_portable(struct out *o, const char *line, size_t len, bool sqlite)
{
	static const char marker[] = "@BYTES@";
	const char *found;

	while ((found = memmem(line, len, marker, sizeof marker - 1))) {
		size_t before = (size_t)(found - line);

		out_bytes(o, line, before);
		out_text(o, sqlite ? "BLOB" : "BYTEA");
		line += before + sizeof marker - 1;
		len -= before + sizeof marker - 1;
	}
	out_bytes(o, line, len);
}

/* The text for one database, and the names of engine tables added to ENGINE. */
static const char *text_for(struct scope *sc, const struct embedded *m, bool sqlite)
{
	const char *at = (const char *)m->data, *end = at + m->size;
	bool skip = false;
	struct out o;

	out_init(&o, sc->mem);
	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((stop ? stop + 1 : end) - at);

		if (str_starts(at, "-- @postgres\n"))
			skip = sqlite;
		else if (str_starts(at, "-- @sqlite\n"))
			skip = !sqlite;
		else if (str_starts(at, "-- @end\n"))
			skip = false;
		else if (!skip)
			put_portable(&o, at, len, sqlite);
		at += len;
	}
	return o.data;
}

/* " turn other " */
static const char *engine_tables(struct scope *sc, const struct plan_of *p)
{
	static const char create[] = "CREATE TABLE ", marker[] = " ( -- @engine\n";
	struct out o;

	out_init(&o, sc->mem);
	out_char(&o, ' ');
	for (size_t i = 0; i < p->count; i++) {
		const char *at = (const char *)p->list[i].data;

		while ((at = strstr(at, create))) {
			size_t len = strcspn(at + sizeof create - 1, " (\n");

			at += sizeof create - 1;
			if (str_starts(at + len, marker)) {
				out_bytes(&o, at, len);
				out_char(&o, ' ');
			}
			at += len;
		}
	}
	return o.data;
}

/* ---- what stands and what is missing ---- */

/* *NEXT is the first of the list that is not recorded, or count. */
static enum err compare(struct scope *sc, const struct plan_of *p, const struct recorded *rows,
	size_t n, size_t *next)
{
	for (size_t i = 0; i < n; i++) {
		int64_t number;
		enum err e;

		if (i >= p->count)
			return fail(sc, ERR_CONFLICT,
				"the database was made by a newer program (migration %s)",
				rows[i].name);
		e = number_of(sc, &p->list[i], &number);
		if (e)
			return e;
		if (rows[i].number != number || !str_eq(rows[i].hash, hash_of(sc, &p->list[i])))
			return fail(sc, ERR_CONFLICT,
				"migration %s of the database is not the one of this program (%s)",
				rows[i].name, base_name(p->list[i].name));
	}
	*next = n;
	return ERR_NONE;
}

static enum err apply(struct scope *sc, const struct plan_of *p, const struct embedded *m)
{
	const struct driver *d = sc->world->store->driver;
	int64_t number;
	enum err e = number_of(sc, m, &number);

	if (!e)
		e = d->exec(sc, sc->db, text_for(sc, m, d->is_sqlite));
	if (!e && d->is_sqlite)
		e = sqlite_learn(sc, sc->db);
	else if (!e)
		e = guard_tables(sc, engine_tables(sc, p));
	if (e)
		return fail(sc, e, "migration %s: %s", m->name, sc->why);
	return db_run(sc, &migration_add,
		BIND(V(number), V(base_name(m->name)), V(hash_of(sc, m)), V(now_real(sc).ms)),
		NULL);
}

/* Inside a write: at most one migration. */
static enum err migrate_step(struct scope *sc, void *arg)
{
	struct plan_of *p = arg;
	const struct driver *d = sc->world->store->driver;
	struct recorded *rows;
	size_t n, next;
	enum err e;

	p->applied = false;
	e = d->lock_migrations ? d->exec(sc, sc->db, d->lock_migrations) : ERR_NONE;
	if (!e)
		e = d->exec(sc, sc->db, create_table);
	if (!e)
		e = db_list(sc, &migration_list, BIND_NONE, &recorded_shape, &rows, &n);
	if (!e)
		e = compare(sc, p, rows, n, &next);
	if (e || next == p->count)
		return e;
	e = apply(sc, p, &p->list[next]);
	p->applied = e == ERR_NONE;
	return e;
}

enum err migrate_run(struct scope *sc, const struct embedded *list, size_t count, int *applied)
{
	struct plan_of p = { list, count, true };
	int done = 0;

	while (p.applied) {
		enum err e = db_write(sc, migrate_step, &p);

		if (e)
			return e;
		done += p.applied;
	}
	*applied = done;
	return ERR_NONE;
}

enum err migrate_check(struct scope *sc, const struct embedded *list, size_t count)
{
	struct plan_of p = { list, count, false };
	const struct sql *has =
		store_is_sqlite(sc->world->store) ? &sqlite_has_table : &postgres_has_table;
	struct recorded *rows = NULL;
	size_t n = 0, next = 0;
	int64_t there;
	enum err e = db_int(sc, has, BIND_NONE, &there);

	if (!e && there)
		e = db_list(sc, &migration_list, BIND_NONE, &recorded_shape, &rows, &n);
	if (!e)
		e = compare(sc, &p, rows, n, &next);
	if (e || next == count)
		return e;
	return fail(sc, ERR_CONFLICT,
		"%zu of %zu migrations are missing in the database: run penguin-hub migrate",
		count - next, count);
}
