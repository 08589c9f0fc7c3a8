/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A database by SQLite's own functions: for the bare loops, and to fill and look at the hub's. */
#ifndef BENCH_RAW_H
#define BENCH_RAW_H

#include <sqlite3.h>

#include "base/scope.h"

/* With the settings of the hub's writer. */
enum err raw_open(struct scope *sc, const char *path, sqlite3 **out) MUST;
enum err raw_run(struct scope *sc, sqlite3 *db, const char *fmt, ...) MUST
	__attribute__((format(printf, 3, 4)));
/* The first column of the first row; 0 where there is none. */
int64_t raw_number(sqlite3 *db, const char *sql);
enum err raw_prepare(struct scope *sc, sqlite3 *db, const char *sql, sqlite3_stmt **st) MUST;
/* Steps ST to its end and makes it ready for the next values. */
enum err raw_step(struct scope *sc, sqlite3 *db, sqlite3_stmt *st) MUST;

#endif
