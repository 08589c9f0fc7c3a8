/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <time.h>

#include "double.h"

const char *env(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

int64_t leading_number(const char *text)
{
	return strtoll(text, NULL, 10);
}

static sqlite3_stmt *prepare(struct scope *sc, const char *sql)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(db_of(sc), sql, -1, &s, NULL) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db_of(sc)));
		abort();
	}
	return s;
}

void things_open(struct scope *sc)
{
	static const char sql[] =
		"PRAGMA journal_mode = WAL;"
		"CREATE TABLE IF NOT EXISTS thing (kind INTEGER, name TEXT, inside TEXT, body TEXT,"
		" PRIMARY KEY (kind, name));"
		"CREATE TABLE IF NOT EXISTS tally (name TEXT, at INTEGER)";

	if (sqlite3_exec(db_of(sc), sql, NULL, NULL, NULL) != SQLITE_OK)
		abort();
}

static void read_row(struct scope *sc, sqlite3_stmt *s, struct row *row)
{
	row->name = arena_text(sc->mem, (const char *)sqlite3_column_text(s, 0));
	row->in = arena_text(sc->mem, (const char *)sqlite3_column_text(s, 1));
	row->text = arena_text(sc->mem, (const char *)sqlite3_column_text(s, 2));
	if (json_parse(sc, bytes_of(row->text, strlen(row->text)), 1 << 20, &row->body))
		abort();
}

bool thing_get(struct scope *sc, enum thing t, const char *name, struct row *row)
{
	sqlite3_stmt *s = prepare(
		sc, "SELECT name, inside, body FROM thing WHERE kind = ?1 AND name = lower(?2)");
	bool there;

	sqlite3_bind_int(s, 1, t);
	sqlite3_bind_text(s, 2, name, -1, SQLITE_STATIC);
	there = sqlite3_step(s) == SQLITE_ROW;
	if (there && row)
		read_row(sc, s, row);
	sqlite3_finalize(s);
	return there;
}

void thing_put(struct scope *sc, enum thing t, const char *name, const char *in, const char *body)
{
	sqlite3_stmt *s =
		prepare(sc, "INSERT INTO thing VALUES (?1, lower(?2), lower(?3), ?4) "
			    "ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body");

	sqlite3_bind_int(s, 1, t);
	sqlite3_bind_text(s, 2, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 3, in, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 4, body, -1, SQLITE_STATIC);
	if (sqlite3_step(s) != SQLITE_DONE)
		abort();
	sqlite3_finalize(s);
}

bool thing_drop(struct scope *sc, enum thing t, const char *name)
{
	sqlite3_stmt *s = prepare(sc, "DELETE FROM thing WHERE kind = ?1 AND name = lower(?2)");

	sqlite3_bind_int(s, 1, t);
	sqlite3_bind_text(s, 2, name, -1, SQLITE_STATIC);
	sqlite3_step(s);
	sqlite3_finalize(s);
	return sqlite3_changes(db_of(sc)) > 0;
}

void things_drop_in(struct scope *sc, enum thing t, const char *in)
{
	sqlite3_stmt *s = prepare(sc, "DELETE FROM thing WHERE kind = ?1 AND inside = lower(?2)");

	sqlite3_bind_int(s, 1, t);
	sqlite3_bind_text(s, 2, in, -1, SQLITE_STATIC);
	sqlite3_step(s);
	sqlite3_finalize(s);
}

size_t things_list(struct scope *sc, enum thing t, const char *in, struct row **rows)
{
	sqlite3_stmt *s =
		prepare(sc, "SELECT name, inside, body FROM thing "
			    "WHERE kind = ?1 AND (?2 IS NULL OR inside = lower(?2)) ORDER BY name");
	size_t n = 0, room = 0;

	*rows = NULL;
	sqlite3_bind_int(s, 1, t);
	sqlite3_bind_text(s, 2, in, -1, SQLITE_STATIC);
	while (sqlite3_step(s) == SQLITE_ROW) {
		if (n == room) {
			struct row *more = arena_array(sc->mem, room = room * 2 + 16, sizeof *more);

			if (n)
				memcpy(more, *rows, n * sizeof *more);
			*rows = more;
		}
		read_row(sc, s, &(*rows)[n++]);
	}
	sqlite3_finalize(s);
	return n;
}

int64_t tally(struct scope *sc, const char *name, int add, int period)
{
	sqlite3_stmt *s;
	int64_t n;

	for (int i = 0; i < add; i++) {
		s = prepare(sc, "INSERT INTO tally VALUES (?1, ?2)");
		sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
		sqlite3_bind_int64(s, 2, time(NULL));
		sqlite3_step(s);
		sqlite3_finalize(s);
	}
	s = prepare(sc, "SELECT count(*) FROM tally WHERE name = ?1 AND at > ?2");
	sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 2, time(NULL) - period);
	n = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_finalize(s);
	return n;
}
