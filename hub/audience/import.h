/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Contacts from a CSV file, as a durable job over the stored file: good rows go in, each broken one
 * is reported with line and reason, and a restart goes on from the last committed offset. The
 * header names the columns: email, name, company, country, zone, lang (and usual other words for
 * them); any other column becomes a field of the workspace's own.
 */
#ifndef AUDIENCE_IMPORT_H
#define AUDIENCE_IMPORT_H

#include "store/db.h"

#define IMPORT_MAX (32 * 1024 * 1024)

struct import {
	int64_t id, workspace;
	const char *name;  /* arena; of the file */
	const char *state; /* arena; "waiting", "running", "done", "failed" */
	int64_t rows, added, updated, repeated, broken;
	int64_t offset_bytes, size_bytes; /* progress */
	const char *reason;               /* arena; of a failure, or NULL */
	int64_t created, done_at;
};

struct import_error {
	int64_t line;
	const char *reason; /* arena; English catalogue key, never quotes the row */
};

/* Refuses at once, about field "file", what has no usable header or no address column. */
enum err import_start(struct scope *sc, const char *name, struct bytes csv, int64_t *id) MUST;
/* ERR_MISSING also for one of another workspace than the chosen one; with none chosen, of any. */
enum err import_find(struct scope *sc, int64_t id, struct import *out) MUST;
/* Of the chosen workspace, newest first; AFTER as in contact_filter. */
enum err import_list(
	struct scope *sc, int64_t after, int limit, struct import **list, size_t *n) MUST;
/* By line, from beyond AFTER; the first 1,000 of an import are kept. */
enum err import_errors(struct scope *sc, int64_t id, int64_t after, int limit,
	struct import_error **list, size_t *n) MUST;

#endif
