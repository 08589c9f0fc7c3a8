/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "audience/import.h"

#include "audience/import_priv.h"
#include "base/id.h"
#include "event/event.h"
#include "job/job.h"
#include "object/object.h"
#include "tenant/audit.h"

SQL(import_insert, SQL_TENANT,
	"INSERT INTO import (tenant, id, workspace, name, object, state, size_bytes, created) "
	"VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7)");
#define COLUMNS                                                                                    \
	"id, workspace, name, state, rows, added, updated, repeated, broken, offset_bytes, "       \
	"size_bytes, reason, created, done_at"
SQL(import_by_id, SQL_TENANT,
	"SELECT " COLUMNS " FROM import WHERE tenant = $1 AND id = $2 "
	"AND (CAST($3 AS BIGINT) = 0 OR workspace = $3)");
SQL(import_page, SQL_TENANT,
	"SELECT " COLUMNS " FROM import WHERE tenant = $1 AND workspace = $2 AND id < $3 "
	"ORDER BY id DESC LIMIT $4");
SQL(import_error_page, SQL_TENANT,
	"SELECT line, reason FROM import_error WHERE tenant = $1 AND import = $2 AND line > $3 "
	"ORDER BY line LIMIT $4");

SHAPE(import_shape, struct import, COL(struct import, id), COL(struct import, workspace),
	COL(struct import, name), COL(struct import, state), COL(struct import, rows),
	COL(struct import, added), COL(struct import, updated), COL(struct import, repeated),
	COL(struct import, broken), COL(struct import, offset_bytes),
	COL(struct import, size_bytes), COL(struct import, reason), COL(struct import, created),
	COL(struct import, done_at));
SHAPE(import_error_shape, struct import_error, COL(struct import_error, line),
	COL(struct import_error, reason));

struct starting {
	int64_t id, object, size;
	const char *name;
};

static enum err start(struct scope *sc, void *arg)
{
	struct starting *s = arg;
	enum err e;

	s->id = new_id(sc);
	e = db_run(sc, &import_insert,
		BIND(V(s->id), V(sc->workspace), V(s->name), V(s->object), V(s->size),
			V(now_real(sc).ms)),
		NULL);
	if (!e)
		e = job_now(sc, "import", s->id, id_format(sc->mem, ID_IMPORT, s->id));
	if (e)
		return e;
	event_addf(sc, "import.started", s->id, "{}");
	return audit_add(sc, "import.start", s->id);
}

/* What would break every row is said before anything is kept. */
static enum err check_file(struct scope *sc, struct bytes data)
{
	struct import_map map;
	struct csv_row header;
	struct csv csv;

	if (data.len > IMPORT_MAX)
		return fail_field(sc, "file", "The file is larger than %d MiB", IMPORT_MAX >> 20);
	csv_open(&csv, data);
	if (!csv_next(&csv, sc->mem, &header))
		return fail_field(sc, "file", "The file is empty");
	return import_map_read(sc, &header, &map);
}

enum err import_start(struct scope *sc, const char *name, struct bytes csv, int64_t *id)
{
	struct starting s = { .size = (int64_t)csv.len,
		.name = str_empty(name) ? "contacts.csv" : name };
	enum err e = check_file(sc, csv);

	if (!e && strlen(s.name) > 255)
		e = fail_field(sc, "file", "The file's name is too long");
	if (!e)
		e = object_put(sc, "import", "text/csv", csv, &s.object);
	if (!e)
		e = db_write(sc, start, &s);
	if (!e)
		*id = s.id;
	return e;
}

enum err import_find(struct scope *sc, int64_t id, struct import *out)
{
	return db_one(sc, &import_by_id, BIND(V(id), V(sc->workspace)), &import_shape, out);
}

enum err import_list(struct scope *sc, int64_t after, int limit, struct import **list, size_t *n)
{
	return db_list(sc, &import_page,
		BIND(V(sc->workspace), V(after > 0 ? after : INT64_MAX), V((int64_t)limit)),
		&import_shape, list, n);
}

enum err import_errors(struct scope *sc, int64_t id, int64_t after, int limit,
	struct import_error **list, size_t *n)
{
	struct import im;
	enum err e = import_find(sc, id, &im);

	return e ? e
		 : db_list(sc, &import_error_page, BIND(V(id), V(after), V((int64_t)limit)),
			   &import_error_shape, list, n);
}
