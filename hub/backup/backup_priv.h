/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The form of a backup's bytes: a head, then tables with their rows, then an end. */
#ifndef BACKUP_BACKUP_PRIV_H
#define BACKUP_BACKUP_PRIV_H

#include "backup/backup.h"

#define BACKUP_MAX_COLUMNS 60
#define BACKUP_MAX_NAME    63
#define BACKUP_MAX_VALUE   (64 * 1024 * 1024)

enum backup_part { BACKUP_ROWS, BACKUP_KEYS };

/* One byte before each of them. */
enum backup_mark {
	MARK_TABLE = 'T', /* name, count and names of columns */
	MARK_ROW = 'R',   /* a value per column */
	MARK_FILE = 'F',  /* place, 8 bytes of size, bytes */
	MARK_END = 'E',   /* how many rows there were */
	MARK_NULL = 'n',
	MARK_INT = 'i',   /* 8 bytes, least first */
	MARK_TEXT = 't',  /* 4 bytes of length, bytes */
	MARK_BYTES = 'b', /* the same */
};

struct table_column {
	const char *name; /* arena */
	const char *type; /* arena; BIGINT, TEXT, BLOB as SQLite says, bigint, text, bytea */
};

/* Tables in the order they were made, so that what is referred to comes first. */
enum err backup_tables(struct scope *sc, const char ***names, size_t *n) MUST;
enum err backup_columns(
	struct scope *sc, const char *table, struct table_column **columns, size_t *n) MUST;
bool backup_is_key_table(const char *table);
/* Names the version of the schema: migrations by name and content. */
const char *backup_version(struct scope *sc);

#endif
