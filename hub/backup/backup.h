/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A copy of the whole database as rows, taken from one state while the hub runs, and the same for
 * both databases: what SQLite wrote PostgreSQL can take. The files of objects_dir that those rows
 * name are in it. The keys of tenants and of the authorities go into a second file, to be kept
 * elsewhere: without it the copy's secrets stay shut.
 */
#ifndef BACKUP_BACKUP_H
#define BACKUP_BACKUP_H

#include "crypt/seal.h"
#include "store/db.h"

struct backup_files {
	const char *rows, *keys; /* paths */
};

struct backup_count {
	int64_t rows, files;
	int64_t gone; /* files that went while the copy was made */
};

/* Both files, or neither. System scope. */
enum err backup_write(struct scope *sc, const struct seal_key *key,
	const struct backup_files *files, struct backup_count *count) MUST;
/* Into a database at this program's version that nobody has used: ERR_CONFLICT otherwise. The rows
   are one transaction: whole or nothing; files that lie in objects_dir already are replaced. From
   then on the appliances of the copy are waited for (fleet/catch_up.h). System scope, on a
   connection that sees every tenant. */
enum err backup_restore(struct scope *sc, const struct seal_key *key,
	const struct backup_files *files, struct backup_count *count) MUST;

#endif
