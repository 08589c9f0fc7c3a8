/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A copy of the whole database as rows, taken from one state while the hub runs, and the same for
 * both databases: what SQLite wrote PostgreSQL can take. The keys of tenants and of the authorities
 * go into a second file, to be kept elsewhere: without it the copy's secrets stay shut. Files of
 * objects_dir are not in it.
 */
#ifndef BACKUP_BACKUP_H
#define BACKUP_BACKUP_H

#include "crypt/seal.h"
#include "store/db.h"

struct backup_files {
	const char *rows, *keys; /* paths */
};

/* Both files, or neither. *ROWS counts. System scope. */
enum err backup_write(struct scope *sc, const struct seal_key *key,
	const struct backup_files *files, int64_t *rows) MUST;
/* Into a database at this program's version that nobody has used: ERR_CONFLICT otherwise. One
   transaction: whole or nothing. System scope, on a connection that sees every tenant. */
enum err backup_restore(struct scope *sc, const struct seal_key *key,
	const struct backup_files *files, int64_t *rows) MUST;

#endif
