/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Numbered migrations: NNNN-name.sql, embedded in the binary, applied in order, each in one
 * transaction, recorded in table `migration(number, name, hash, at)`. A recorded one whose text
 * has changed since, or a database newer than the program, stops the start.
 *
 * The text is portable but for markers: @BYTES@ becomes BLOB or BYTEA. Blocks between lines
 * `-- @postgres` and `-- @end` go to PostgreSQL only, between `-- @sqlite` and `-- @end` to SQLite
 * only. On PostgreSQL every table with a `tenant` column as the first column of its primary key
 * gets forced row security by the runner itself, so no migration can forget it.
 */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "base/embedded.h"
#include "store/db.h"

/* The number is read from the name: "0001-first.sql". LIST is sorted by name. */

/* Brings the database of SC's world to the newest of LIST. *APPLIED counts what was done. */
enum err migrate_run(
	struct scope *sc, const struct embedded *list, size_t count, int *applied) MUST;
/* ERR_CONFLICT, with what to do, unless the database stands exactly at the newest of LIST. */
enum err migrate_check(struct scope *sc, const struct embedded *list, size_t count) MUST;

#endif
