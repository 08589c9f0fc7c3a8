/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The rows of a file, some hundred at a time. They are read and judged before the write, so that
 * the database is held only for what it alone can do; the offset moves in the same transaction, so
 * that a restart neither repeats nor leaves out a row.
 */
#include "audience/audience_job.h"
#include "audience/audience_priv.h"
#include "audience/import_priv.h"
#include "event/event.h"
#include "mail/address.h"
#include "object/object.h"

#define CHUNK       250
#define PIECE       32 /* of them written before a chunk may end: somebody's click waits */
#define KEEP_FAULTS 1000

SQL(import_begin, SQL_TENANT,
	"UPDATE import SET state = 'running', reason = NULL WHERE tenant = $1 AND id = $2");
SQL(import_object, SQL_TENANT, "SELECT object FROM import WHERE tenant = $1 AND id = $2");
SQL(import_move, SQL_TENANT,
	"UPDATE import SET offset_bytes = $4, rows = rows + $5, added = added + $6, "
	"updated = updated + $7, repeated = repeated + $8, broken = broken + $9 "
	"WHERE tenant = $1 AND id = $2 AND offset_bytes = $3");
SQL(import_end, SQL_TENANT,
	"UPDATE import SET state = $3, reason = $4, done_at = $5, object = NULL "
	"WHERE tenant = $1 AND id = $2");
SQL(import_error_add, SQL_TENANT,
	"INSERT INTO import_error (tenant, import, line, reason) VALUES ($1, $2, $3, $4) "
	"ON CONFLICT (tenant, import, line) DO NOTHING");
SQL(import_member_add, SQL_TENANT,
	"INSERT INTO import_member (tenant, import, contact) VALUES ($1, $2, $3) "
	"ON CONFLICT (tenant, import, contact) DO NOTHING");

struct row {
	int64_t line;
	const char *fault; /* static or arena; NULL when it is good */
	const char *key;
	struct contact_new in;
	int64_t *fields; /* ids of its values' fields */
	struct csv rest; /* the file behind it */
};

struct run {
	struct job *job;
	struct import im;
	struct import_map map;
	struct csv csv;
	int64_t *field_ids; /* per column; 0 where it is none of the workspace's own */
	struct suppression_key key;
	/* of the chunk in hand: */
	struct row *rows;
	size_t count, written;
	struct csv rest; /* the file behind what was written */
	int64_t added, updated, repeated, broken;
};

/* ---- reading rows ---- */

static const char *cell(struct scope *sc, const struct csv_row *row, int place)
{
	if (place < 0 || (size_t)place >= row->count)
		return "";
	return str_trim(sc->mem, row->fields[place]);
}

static const char *name_of(struct scope *sc, const struct run *r, const struct csv_row *row)
{
	const char *name = cell(sc, row, r->map.fixed[COLUMN_NAME]);
	const char *first, *last;

	if (*name)
		return name;
	first = cell(sc, row, r->map.first);
	last = cell(sc, row, r->map.last);
	return arena_printf(sc->mem, "%s%s%s", first, *first && *last ? " " : "", last);
}

static void read_values(
	struct scope *sc, const struct run *r, const struct csv_row *row, struct row *out)
{
	struct contact_value *values = arena_array(sc->mem, row->count, sizeof *values);

	out->fields = arena_array(sc->mem, row->count, sizeof *out->fields);
	out->in.values = values;
	for (size_t i = 0; i < row->count; i++) {
		const char *text = r->field_ids[i] ? cell(sc, row, (int)i) : "";

		if (!*text)
			continue;
		values[out->in.count] = (struct contact_value){ r->map.own[i], text };
		out->fields[out->in.count++] = r->field_ids[i];
	}
}

/* The reason names the column, never the text in it. */
static const char *fault_of(struct scope *sc)
{
	const char *why = sc->field ? arena_printf(sc->mem, "%s: %s", sc->field, sc->why) : sc->why;

	scope_clear(sc);
	return why;
}

static void read_row(
	struct scope *sc, const struct run *r, const struct csv_row *row, struct row *out)
{
	struct address a;

	out->line = row->line;
	if (row->fault) {
		out->fault = csv_fault_text(row->fault);
		return;
	}
	if (row->count > r->map.count) {
		out->fault = "The row has more fields than the header";
		return;
	}
	if (address_parse(sc, NULL, cell(sc, row, r->map.fixed[COLUMN_EMAIL]), &a)) {
		out->fault = fault_of(sc);
		return;
	}
	out->key = a.key;
	out->in = (struct contact_new){ .email = a.typed,
		.name = name_of(sc, r, row),
		.company = cell(sc, row, r->map.fixed[COLUMN_COMPANY]),
		.country = cell(sc, row, r->map.fixed[COLUMN_COUNTRY]),
		.zone = cell(sc, row, r->map.fixed[COLUMN_ZONE]),
		.lang = cell(sc, row, r->map.fixed[COLUMN_LANG]),
		.source = r->im.id };
	read_values(sc, r, row, out);
	if (contact_check(sc, &out->in))
		out->fault = fault_of(sc);
}

static void read_chunk(struct scope *sc, struct run *r)
{
	struct csv_row row;

	r->count = 0;
	r->rows = arena_array(sc->mem, CHUNK, sizeof *r->rows);
	while (r->count < CHUNK && csv_next(&r->csv, sc->mem, &row)) {
		read_row(sc, r, &row, &r->rows[r->count]);
		r->rows[r->count++].rest = r->csv;
	}
}

/* ---- writing rows ---- */

static enum err note_fault(struct scope *sc, struct run *r, const struct row *row)
{
	r->broken++;
	if (r->im.broken + r->broken > KEEP_FAULTS)
		return ERR_NONE;
	return db_run(sc, &import_error_add, BIND(V(r->im.id), V(row->line), V(row->fault)), NULL);
}

static enum err write_row(struct scope *sc, struct run *r, struct row *row)
{
	struct merge m = { &r->key, &row->in, row->key, row->fields };
	int64_t id, joined;
	bool added;
	enum err e;

	if (row->fault)
		return note_fault(sc, r, row);
	e = contact_merge_with(sc, &m, &id, &added);
	if (e == ERR_DENIED) {
		row->fault = fault_of(sc);
		return note_fault(sc, r, row);
	}
	if (!e)
		e = db_run(sc, &import_member_add, BIND(V(r->im.id), V(id)), &joined);
	if (e)
		return e;
	r->added += added;
	r->updated += !added && joined;
	r->repeated += !added && !joined;
	return ERR_NONE;
}

static enum err write_chunk(struct scope *sc, void *arg)
{
	struct run *r = arg;
	int64_t moved;
	enum err e = job_hold(sc, r->job);

	r->added = r->updated = r->repeated = r->broken = 0;
	r->written = 0;
	while (!e && r->written < r->count &&
		!(r->written && r->written % PIECE == 0 && db_enough(sc)))
		e = write_row(sc, r, &r->rows[r->written++]);
	/* Also where the job is another's by now, and no row was written. */
	if (e)
		return e;
	r->rest = r->rows[r->written - 1].rest;
	e = db_run(sc, &import_move,
		BIND(V(r->im.id), V(r->im.offset_bytes), V((int64_t)r->rest.at),
			V((int64_t)r->written), V(r->added), V(r->updated), V(r->repeated),
			V(r->broken)),
		&moved);
	if (!e && moved == 0)
		e = fail(sc, ERR_CONFLICT, "another runner reads this file");
	return e;
}

/* A scope for each chunk: its memory goes before the next. *MORE is false at the end. */
static enum err run_chunk(struct scope *parent, struct run *r, bool *more)
{
	struct scope sc;
	enum err e;

	scope_open_for(&sc, parent, parent->tenant);
	sc.workspace = r->im.workspace;
	read_chunk(&sc, r);
	e = r->count ? db_write_later(&sc, write_chunk, r) : ERR_NONE;
	if (e)
		fail(parent, e, "%s", sc.why);
	scope_close(&sc);
	*more = r->count > 0;
	if (e)
		return e;
	if (!*more)
		return ERR_NONE;
	/* What was read and not written is read again. */
	r->csv = r->rest;
	r->im.offset_bytes = (int64_t)r->rest.at;
	r->job->done = (int64_t)r->rest.at;
	r->im.broken += r->broken;
	return ERR_NONE;
}

/* ---- beginning and end ---- */

static enum err begin(struct scope *sc, void *arg)
{
	struct run *r = arg;
	enum err e = job_hold(sc, r->job);

	if (!e)
		e = db_run(sc, &import_begin, BIND(V(r->im.id)), NULL);
	for (size_t i = 0; !e && i < r->map.count; i++)
		if (r->map.own[i])
			e = field_ensure(sc, r->map.own[i], &r->field_ids[i]);
	return e;
}

struct ending {
	struct run *run;
	int64_t object;
	const char *reason; /* NULL: done */
};

static enum err end(struct scope *sc, void *arg)
{
	const struct ending *x = arg;
	const struct import *im = &x->run->im;
	struct import now;
	enum err e = job_hold(sc, x->run->job);

	if (!e)
		e = db_run(sc, &import_end,
			BIND(V(im->id), V(x->reason ? "failed" : "done"), V(x->reason),
				V(now_real(sc).ms)),
			NULL);
	if (!e)
		e = object_remove(sc, x->object);
	if (!e)
		e = job_now(sc, CONTACT_PROVIDERS_JOB, 0, "");
	if (!e)
		e = import_find(sc, im->id, &now);
	if (e)
		return e;
	event_addf(sc, x->reason ? "import.failed" : "import.done", im->id,
		"{\"rows\":%lld,\"added\":%lld,\"updated\":%lld,\"repeated\":%lld,\"broken\":%lld}",
		(long long)now.rows, (long long)now.added, (long long)now.updated,
		(long long)now.repeated, (long long)now.broken);
	return ERR_NONE;
}

/* The line at which OFFSET stands: rows may span several. */
static int64_t line_at(struct bytes data, size_t offset)
{
	const char *p = data.data;
	int64_t line = 1;

	for (size_t i = 0; i < offset; i++)
		line += p[i] == '\n' || (p[i] == '\r' && i + 1 < data.len && p[i + 1] != '\n');
	return line;
}

static enum err open_file(struct scope *sc, struct run *r, struct bytes data)
{
	struct csv_row header;
	enum err e;

	csv_open(&r->csv, data);
	if (!csv_next(&r->csv, sc->mem, &header))
		return fail_field(sc, "file", "The file is empty");
	e = import_map_read(sc, &header, &r->map);
	if (e)
		return e;
	if (r->im.offset_bytes > 0 && (size_t)r->im.offset_bytes <= data.len) {
		r->csv.at = (size_t)r->im.offset_bytes;
		r->csv.line = line_at(data, r->csv.at);
	}
	r->field_ids = arena_array(sc->mem, r->map.count, sizeof *r->field_ids);
	r->job->total = (int64_t)data.len;
	return suppression_key_get(sc, &r->key);
}

static enum err read_object(struct scope *sc, int64_t import, int64_t *id, struct bytes *data)
{
	struct object o;
	enum err e = db_int(sc, &import_object, BIND(V(import)), id);

	if (!e)
		e = object_find(sc, *id, &o);
	return e ? e : object_read(sc, &o, data);
}

static enum err read_all(struct scope *sc, struct run *r, int64_t *object)
{
	struct bytes data;
	bool more = true;
	enum err e = read_object(sc, r->im.id, object, &data);

	if (!e)
		e = open_file(sc, r, data);
	if (!e)
		e = db_write_later(sc, begin, r);
	while (!e && more)
		e = run_chunk(sc, r, &more);
	return e;
}

enum err audience_import_run(struct scope *sc, struct job *j)
{
	struct run r = { .job = j };
	struct ending x = { .run = &r };
	enum err e = import_find(sc, j->subject, &r.im);

	if (e || str_eq(r.im.state, "done") || str_eq(r.im.state, "failed"))
		return e;
	sc->workspace = r.im.workspace;
	e = read_all(sc, &r, &x.object);
	if (e == ERR_CONFLICT || (e && !j->last_try && e != ERR_INPUT && e != ERR_MISSING))
		return e;
	if (e) {
		x.reason = arena_text(sc->mem, sc->tell);
		scope_clear(sc);
	}
	return db_write_later(sc, end, &x);
}
