/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "raw.h"

#include <stdarg.h>

static enum err failed(struct scope *sc, sqlite3 *db)
{
	return fail(sc, ERR_INTERNAL, "SQLite: %s", sqlite3_errmsg(db));
}

enum err raw_open(struct scope *sc, const char *path, sqlite3 **out)
{
	enum err e = ERR_NONE;
	sqlite3 *db;

	if (sqlite3_open_v2(path, &db,
		    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) != 0)
		e = failed(sc, db);
	sqlite3_busy_timeout(db, 20000);
	if (!e)
		e = raw_run(sc, db,
			"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
			"PRAGMA temp_store=MEMORY");
	if (e)
		sqlite3_close_v2(db);
	else
		*out = db;
	return e;
}

enum err raw_run(struct scope *sc, sqlite3 *db, const char *fmt, ...)
{
	const char *text;
	va_list args;

	va_start(args, fmt);
	text = arena_vprintf(sc->mem, fmt, args);
	va_end(args);
	return sqlite3_exec(db, text, NULL, NULL, NULL) ? failed(sc, db) : ERR_NONE;
}

int64_t raw_number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int64_t n = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK &&
		sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

enum err raw_prepare(struct scope *sc, sqlite3 *db, const char *sql, sqlite3_stmt **st)
{
	return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, st, NULL) ? failed(sc, db)
										    : ERR_NONE;
}

enum err raw_step(struct scope *sc, sqlite3 *db, sqlite3_stmt *st)
{
	int code;

	do
		code = sqlite3_step(st);
	while (code == SQLITE_ROW);
	if (code != SQLITE_DONE)
		return failed(sc, db);
	sqlite3_reset(st);
	return ERR_NONE;
}
