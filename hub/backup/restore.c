/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "backup/backup.h"

#include "backup/backup_priv.h"
#include "base/out.h"
#include "crypt/sealed_file.h"
#include "object/object.h"

struct load {
	const struct seal_key *key;
	const struct backup_files *files;
	struct sealed_in *in; /* owned; the file in hand */
	enum backup_part part;
	const char **tables; /* of this database */
	size_t table_count;
	/* Of the table in hand: */
	struct sql *add;
	size_t columns;
	int64_t count, total, files_taken;
	struct arena *mem; /* owned; values of a row */
};

SQL(restore_tenants, SQL_SYSTEM, "SELECT count(*) FROM tenant");
SQL(restore_accounts, SQL_DIRECTORY, "SELECT count(*) FROM account");

/* Whoever was enrolled may have mail that the copy does not know of (hub/fleet/catch_up.h). */
SQL(restore_awaits, SQL_ENGINE,
	"INSERT INTO catch_up (appliance, tenant, since, asked_at) SELECT appliance, tenant, "
	"CAST($1 AS BIGINT), 0 FROM uplink WHERE revoked_at IS NULL AND cert_serial IS NOT NULL "
	"ON CONFLICT (appliance) DO UPDATE SET since = excluded.since, asked_at = 0");
/* What no bus had published may have been since. */
SQL(restore_published, SQL_SYSTEM,
	"UPDATE message SET sent_at = 1 WHERE state = 'leased' AND sent_at = 0");

/* ---- reading ---- */

static enum err get_int(struct scope *sc, struct load *l, int64_t *n)
{
	unsigned char le[8];
	uint64_t value = 0;
	enum err e = sealed_get(sc, l->in, le, sizeof le);

	if (e)
		return e;
	for (size_t i = 0; i < sizeof le; i++)
		value |= (uint64_t)le[i] << (8 * i);
	*n = (int64_t)value;
	return ERR_NONE;
}

static enum err get_run(
	struct scope *sc, struct load *l, struct arena *mem, size_t max, struct bytes *run)
{
	unsigned char le[4];
	size_t len;
	char *data;
	enum err e = sealed_get(sc, l->in, le, sizeof le);

	if (e)
		return e;
	len = (size_t)le[0] | (size_t)le[1] << 8 | (size_t)le[2] << 16 | (size_t)le[3] << 24;
	if (len > max)
		return fail(sc, ERR_INPUT, "the backup holds a value that is too large");
	data = arena_alloc(mem, len + 1);
	e = sealed_get(sc, l->in, data, len);
	if (!e)
		*run = bytes_of(data, len);
	return e;
}

static enum err get_value(struct scope *sc, struct load *l, struct value *v)
{
	struct bytes run;
	char mark;
	enum err e = sealed_get(sc, l->in, &mark, 1);

	if (e)
		return e;
	*v = V_NULL;
	if (mark == MARK_NULL)
		return ERR_NONE;
	if (mark == MARK_INT) {
		v->type = VALUE_INT;
		return get_int(sc, l, &v->n);
	}
	if (mark != MARK_TEXT && mark != MARK_BYTES)
		return fail(sc, ERR_INPUT, "the backup holds an unknown kind of value");
	e = get_run(sc, l, l->mem, BACKUP_MAX_VALUE, &run);
	if (!e)
		*v = mark == MARK_TEXT ? value_text(run.data) : value_bytes(run);
	return e;
}

/* ---- rows ---- */

static enum err start_table(struct scope *sc, struct load *l)
{
	struct bytes table, name;
	struct out names, places;
	int64_t columns;
	bool known = false;
	enum err e = get_run(sc, l, sc->mem, BACKUP_MAX_NAME, &table);

	if (!e)
		e = get_int(sc, l, &columns);
	if (e)
		return e;
	for (size_t i = 0; i < l->table_count; i++)
		known = known || str_eq(l->tables[i], table.data);
	if (!known || columns < 1 || columns > BACKUP_MAX_COLUMNS ||
		backup_is_key_table(table.data) != (l->part == BACKUP_KEYS))
		return fail(sc, ERR_INPUT, "the backup holds a table that does not belong there");
	out_init(&names, sc->mem);
	out_init(&places, sc->mem);
	for (int64_t i = 0; !e && i < columns; i++) {
		e = get_run(sc, l, sc->mem, BACKUP_MAX_NAME, &name);
		if (!e && strchr(name.data, '"'))
			e = fail(sc, ERR_INPUT, "the backup holds a bad name");
		if (!e)
			out_printf(&names, "%s\"%s\"", i ? ", " : "", (const char *)name.data);
		out_printf(&places, "%s$%lld", i ? ", " : "", (long long)i + 1);
	}
	l->columns = (size_t)columns;
	l->add = arena_alloc(sc->mem, sizeof *l->add);
	*l->add = (struct sql){ table.data,
		arena_printf(sc->mem, "INSERT INTO \"%s\" (%s) VALUES (%s)",
			(const char *)table.data, names.data, places.data),
		SQL_SYSTEM };
	return e;
}

static enum err take_row(struct scope *sc, struct load *l)
{
	struct value values[BACKUP_MAX_COLUMNS];
	enum err e = ERR_NONE;

	if (!l->add)
		return fail(sc, ERR_INPUT, "the backup holds a row of no table");
	arena_reset(l->mem);
	for (size_t i = 0; !e && i < l->columns; i++)
		e = get_value(sc, l, &values[i]);
	if (!e)
		e = db_run(sc, l->add, (struct binds){ values, l->columns }, NULL);
	l->count++;
	return e;
}

/* Sealing adds a little to what an object may have. */
#define FILE_MAX (OBJECT_MAX + 4096)

static enum err take_object(struct scope *sc, struct load *l)
{
	struct bytes place;
	int64_t size = 0;
	char *data;
	enum err e;

	arena_reset(l->mem);
	e = get_run(sc, l, l->mem, BACKUP_MAX_NAME, &place);
	if (!e)
		e = get_int(sc, l, &size);
	if (!e && (l->part != BACKUP_ROWS || size < 0 || size > FILE_MAX))
		e = fail(sc, ERR_INPUT, "the backup holds a file that does not belong there");
	if (e)
		return e;
	data = arena_alloc(l->mem, (size_t)size + 1);
	e = sealed_get(sc, l->in, data, (size_t)size);
	if (!e)
		e = object_file_write(sc, place.data, bytes_of(data, (size_t)size));
	l->files_taken++;
	return e;
}

static enum err take_head(struct scope *sc, struct load *l)
{
	struct bytes version;
	int64_t part;
	enum err e = get_int(sc, l, &part);

	if (!e)
		e = get_run(sc, l, sc->mem, 1 << 20, &version);
	if (!e && part != (int64_t)l->part)
		e = fail(sc, ERR_INPUT, "the copy and the keys are mixed up");
	if (!e && !str_eq(version.data, backup_version(sc)))
		e = fail(sc, ERR_CONFLICT,
			"the backup was made by another version: restore it with that one, then "
			"migrate");
	return e;
}

static enum err take_end(struct scope *sc, struct load *l)
{
	int64_t count;
	enum err e = get_int(sc, l, &count);

	if (!e)
		e = sealed_end(sc, l->in);
	if (!e && count != l->count)
		e = fail(sc, ERR_INPUT, "the backup lacks rows");
	l->total += l->count;
	return e;
}

static enum err take_file(struct scope *sc, struct load *l)
{
	enum err e = take_head(sc, l);

	l->add = NULL;
	l->count = 0;
	while (!e) {
		char mark;

		e = sealed_get(sc, l->in, &mark, 1);
		if (e)
			return e;
		if (mark == MARK_END)
			return take_end(sc, l);
		if (mark == MARK_TABLE)
			e = start_table(sc, l);
		else if (mark == MARK_ROW)
			e = take_row(sc, l);
		else if (mark == MARK_FILE)
			e = take_object(sc, l);
		else
			e = fail(sc, ERR_INPUT, "the backup holds something unknown");
	}
	return e;
}

/* ---- the whole ---- */

static enum err check_empty(struct scope *sc)
{
	int64_t tenants, accounts;
	enum err e = db_int(sc, &restore_tenants, BIND_NONE, &tenants);

	if (!e)
		e = db_int(sc, &restore_accounts, BIND_NONE, &accounts);
	if (!e && (tenants || accounts))
		e = fail(sc, ERR_CONFLICT, "the database is not empty");
	return e;
}

/* Rows that migrations put there give way to the backup's; last ones first, for references. */
static enum err clear(struct scope *sc, struct load *l)
{
	enum err e = ERR_NONE;

	for (size_t i = l->table_count; !e && i-- > 0;) {
		struct sql *q = arena_alloc(sc->mem, sizeof *q);

		*q = (struct sql){ l->tables[i],
			arena_printf(sc->mem, "DELETE FROM \"%s\"", l->tables[i]), SQL_SYSTEM };
		e = db_run(sc, q, BIND_NONE, NULL);
	}
	return e;
}

static enum err restore_all(struct scope *sc, void *arg)
{
	struct load *l = arg;
	const char *const paths[] = { l->files->rows, l->files->keys };
	enum err e = check_empty(sc);

	l->total = l->files_taken = 0;
	if (!e)
		e = backup_tables(sc, &l->tables, &l->table_count);
	if (!e)
		e = clear(sc, l);
	for (int part = 0; !e && part < 2; part++) {
		l->part = (enum backup_part)part;
		e = sealed_open(sc, paths[part], l->key, &l->in);
		if (!e)
			e = take_file(sc, l);
		sealed_in_free(TAKE(l->in));
	}
	if (!e)
		e = db_run(sc, &restore_awaits, BIND(V(now_real(sc).ms)), NULL);
	return e ? e : db_run(sc, &restore_published, BIND_NONE, NULL);
}

enum err backup_restore(struct scope *sc, const struct seal_key *key,
	const struct backup_files *files, struct backup_count *count)
{
	struct load l = { .key = key, .files = files, .mem = arena_new() };
	enum err e = db_write(sc, restore_all, &l);

	arena_free(l.mem);
	if (!e)
		*count = (struct backup_count){ l.total, l.files_taken, 0 };
	return e;
}
