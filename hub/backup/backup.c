/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "backup/backup.h"

#include "backup/backup_priv.h"
#include "base/out.h"
#include "crypt/sealed_file.h"
#include "object/object.h"
#include "schema/schema.h"

/* ---- what there is; each database has its own catalogue, so these are not in the list ---- */

static const struct sql sqlite_tables = { "sqlite_tables",
	"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
	"ORDER BY rowid",
	SQL_SYSTEM };
static const struct sql postgres_tables = { "postgres_tables",
	"SELECT relname::text AS name FROM pg_class WHERE relkind IN ('r', 'p') "
	"AND relnamespace = current_schema()::regnamespace ORDER BY oid",
	SQL_SYSTEM };
static const struct sql sqlite_columns = { "sqlite_columns",
	"SELECT name, type FROM pragma_table_info($1) ORDER BY cid", SQL_SYSTEM };
static const struct sql postgres_columns = { "postgres_columns",
	"SELECT column_name::text AS name, data_type::text AS type "
	"FROM information_schema.columns WHERE table_schema = current_schema() "
	"AND table_name = $1 ORDER BY ordinal_position",
	SQL_SYSTEM };

struct name_row {
	const char *name;
};
SHAPE(name_shape, struct name_row, COL(struct name_row, name));
SHAPE(column_shape, struct table_column, COL(struct table_column, name),
	COL(struct table_column, type));

/* Made by each database for itself, or of no use in another one. */
static bool is_left_out(const char *table)
{
	return str_eq(table, "migration") || str_eq(table, "process");
}

bool backup_is_key_table(const char *table)
{
	return str_eq(table, "tenant_key") || str_eq(table, "authority");
}

enum err backup_tables(struct scope *sc, const char ***names, size_t *n)
{
	bool sqlite = store_is_sqlite(sc->world->store);
	struct name_row *rows;
	size_t count;
	enum err e = db_list(sc, sqlite ? &sqlite_tables : &postgres_tables, BIND_NONE, &name_shape,
		&rows, &count);

	if (e)
		return e;
	*names = arena_array(sc->mem, count + 1, sizeof **names);
	*n = 0;
	for (size_t i = 0; i < count; i++)
		if (!is_left_out(rows[i].name))
			(*names)[(*n)++] = rows[i].name;
	return ERR_NONE;
}

enum err backup_columns(
	struct scope *sc, const char *table, struct table_column **columns, size_t *n)
{
	bool sqlite = store_is_sqlite(sc->world->store);
	enum err e = db_list(sc, sqlite ? &sqlite_columns : &postgres_columns, BIND(V(table)),
		&column_shape, columns, n);

	if (!e && (*n == 0 || *n > BACKUP_MAX_COLUMNS))
		e = fail(sc, ERR_INTERNAL, "table %s has %zu columns", table, *n);
	return e;
}

const char *backup_version(struct scope *sc)
{
	struct out o;

	out_init(&o, sc->mem);
	for (size_t i = 0; i < hub_schema_count; i++)
		out_printf(&o, "%s %s\n", hub_schema[i].name, hub_schema[i].tag);
	return o.data;
}

/* ---- writing ---- */

/* Every column has a slot of its own in a row, and whether it is NULL. */
struct slot {
	union {
		int64_t n;
		const char *text;
		struct bytes bytes;
	};
	int64_t null;
};

struct dump {
	const struct seal_key *key;
	const struct backup_files *files;
	struct sealed_out *out[2]; /* by enum backup_part */
	struct sealed_out *now;
	int64_t count[2];
	int64_t files_put, gone;
	int64_t *counting;
	enum col_type types[BACKUP_MAX_COLUMNS];
	size_t columns;
};

static enum err put_mark(struct scope *sc, struct sealed_out *f, char mark)
{
	return sealed_put(sc, f, &mark, 1);
}

static enum err put_int(struct scope *sc, struct sealed_out *f, int64_t n)
{
	unsigned char le[8];

	for (size_t i = 0; i < sizeof le; i++)
		le[i] = (unsigned char)((uint64_t)n >> (8 * i));
	return sealed_put(sc, f, le, sizeof le);
}

static enum err put_run(struct scope *sc, struct sealed_out *f, const void *data, size_t len)
{
	uint32_t n = (uint32_t)len;
	unsigned char le[4] = { (unsigned char)n, (unsigned char)(n >> 8), (unsigned char)(n >> 16),
		(unsigned char)(n >> 24) };
	enum err e;

	if (len > BACKUP_MAX_VALUE)
		return fail(sc, ERR_LIMIT, "a value is too large for a backup");
	e = sealed_put(sc, f, le, sizeof le);
	return e ? e : sealed_put(sc, f, data, len);
}

static enum err put_value(
	struct scope *sc, struct sealed_out *f, enum col_type type, const struct slot *s)
{
	char mark = type == COL_INT64 ? MARK_INT : type == COL_TEXT ? MARK_TEXT : MARK_BYTES;
	enum err e;

	if (s->null)
		return put_mark(sc, f, MARK_NULL);
	e = put_mark(sc, f, mark);
	if (e)
		return e;
	if (type == COL_INT64)
		return put_int(sc, f, s->n);
	if (type == COL_TEXT)
		return put_run(sc, f, s->text, strlen(s->text));
	return put_run(sc, f, s->bytes.data, s->bytes.len);
}

static enum err put_row(struct scope *sc, void *arg, const void *row)
{
	struct dump *d = arg;
	const struct slot *slots = row;
	enum err e = put_mark(sc, d->now, MARK_ROW);

	for (size_t i = 0; !e && i < d->columns; i++)
		e = put_value(sc, d->now, d->types[i], &slots[i]);
	++*d->counting;
	return e;
}

static enum err type_of(struct scope *sc, const struct table_column *c, enum col_type *type)
{
	if (str_eq_nocase(c->type, "bigint"))
		*type = COL_INT64;
	else if (str_eq_nocase(c->type, "text"))
		*type = COL_TEXT;
	else if (str_eq_nocase(c->type, "blob") || str_eq_nocase(c->type, "bytea"))
		*type = COL_BYTES;
	else
		return fail(sc, ERR_INTERNAL, "column %s is of type %s", c->name, c->type);
	return ERR_NONE;
}

/* A statement and a shape for a table that is only known now; both live as long as SC, which here
   is as long as the command. */
static enum err describe(struct scope *sc, struct dump *d, const char *table,
	const struct table_column *columns, struct sql **q, struct shape **shape)
{
	struct col *cols = arena_array(sc->mem, d->columns * 2, sizeof *cols);
	struct out text;
	enum err e = ERR_NONE;

	out_init(&text, sc->mem);
	for (size_t i = 0; !e && i < d->columns; i++) {
		const char *name = columns[i].name, *null = arena_printf(sc->mem, "null_%s", name);

		e = type_of(sc, &columns[i], &d->types[i]);
		out_printf(&text,
			"%s\"%s\" AS \"%s\", CASE WHEN \"%s\" IS NULL THEN 1 ELSE 0 END AS \"%s\"",
			i ? ", " : "SELECT ", name, name, name, null);
		cols[2 * i] = (struct col){ name, d->types[i], i * sizeof(struct slot) };
		cols[2 * i + 1] = (struct col){ null, COL_INT64,
			i * sizeof(struct slot) + offsetof(struct slot, null) };
	}
	out_printf(&text, " FROM \"%s\"", table);
	*q = arena_alloc(sc->mem, sizeof **q);
	**q = (struct sql){ table, text.data, SQL_SYSTEM };
	*shape = arena_alloc(sc->mem, sizeof **shape);
	**shape = (struct shape){ d->columns * sizeof(struct slot), cols, d->columns * 2 };
	return e;
}

static enum err put_table(struct scope *sc, struct dump *d, const char *table)
{
	enum backup_part part = backup_is_key_table(table) ? BACKUP_KEYS : BACKUP_ROWS;
	struct table_column *columns;
	struct shape *shape;
	struct sql *q;
	enum err e = backup_columns(sc, table, &columns, &d->columns);

	if (e)
		return e;
	d->now = d->out[part];
	d->counting = &d->count[part];
	e = describe(sc, d, table, columns, &q, &shape);
	if (!e)
		e = put_mark(sc, d->now, MARK_TABLE);
	if (!e)
		e = put_run(sc, d->now, table, strlen(table));
	if (!e)
		e = put_int(sc, d->now, (int64_t)d->columns);
	for (size_t i = 0; !e && i < d->columns; i++)
		e = put_run(sc, d->now, columns[i].name, strlen(columns[i].name));
	return e ? e : db_each(sc, q, BIND_NONE, shape, put_row, d);
}

/* ---- files ---- */

SQL(backup_places, SQL_SYSTEM, "SELECT place FROM object ORDER BY tenant, id");

struct place_row {
	const char *place;
};
SHAPE(place_shape, struct place_row, COL(struct place_row, place));

/* In an arena of its own. Rows go before their files, so a file may be gone since the rows were
   read: then nobody needs it. */
static enum err put_file(struct scope *parent, struct dump *d, const char *place)
{
	struct sealed_out *f = d->out[BACKUP_ROWS];
	struct bytes data;
	struct scope sc;
	enum err e;

	scope_open_for(&sc, parent, 0);
	e = object_file_read(&sc, place, &data);
	if (e == ERR_MISSING) {
		d->gone++;
		scope_close(&sc);
		return ERR_NONE;
	}
	if (!e)
		e = put_mark(&sc, f, MARK_FILE);
	if (!e)
		e = put_run(&sc, f, place, strlen(place));
	if (!e)
		e = put_int(&sc, f, (int64_t)data.len);
	if (!e)
		e = sealed_put(&sc, f, data.data, data.len);
	if (e)
		(void)fail(parent, e, "%s", sc.why);
	d->files_put += !e;
	scope_close(&sc);
	return e;
}

static enum err put_files(struct scope *sc, struct dump *d)
{
	struct place_row *rows;
	size_t n;
	enum err e = db_list(sc, &backup_places, BIND_NONE, &place_shape, &rows, &n);

	for (size_t i = 0; !e && i < n; i++)
		e = put_file(sc, d, rows[i].place);
	return e;
}

static enum err put_all(struct scope *sc, void *arg)
{
	struct dump *d = arg;
	const char **tables, *version = backup_version(sc);
	size_t n;
	enum err e = backup_tables(sc, &tables, &n);

	for (int part = 0; !e && part < 2; part++) {
		e = put_int(sc, d->out[part], part);
		if (!e)
			e = put_run(sc, d->out[part], version, strlen(version));
	}
	for (size_t i = 0; !e && i < n; i++)
		e = put_table(sc, d, tables[i]);
	if (!e)
		e = put_files(sc, d);
	for (int part = 0; !e && part < 2; part++) {
		e = put_mark(sc, d->out[part], MARK_END);
		if (!e)
			e = put_int(sc, d->out[part], d->count[part]);
	}
	return e;
}

enum err backup_write(struct scope *sc, const struct seal_key *key,
	const struct backup_files *files, struct backup_count *count)
{
	struct dump d = { .key = key, .files = files };
	enum err e = sealed_create(sc, files->rows, key, &d.out[BACKUP_ROWS]);

	if (!e)
		e = sealed_create(sc, files->keys, key, &d.out[BACKUP_KEYS]);
	if (!e)
		e = db_snapshot(sc, put_all, &d);
	/* The keys first: a copy without them would look complete. */
	if (!e)
		e = sealed_finish(sc, d.out[BACKUP_KEYS]);
	if (!e)
		e = sealed_finish(sc, d.out[BACKUP_ROWS]);
	sealed_out_free(d.out[BACKUP_ROWS]);
	sealed_out_free(d.out[BACKUP_KEYS]);
	if (!e)
		*count = (struct backup_count){ d.count[BACKUP_ROWS] + d.count[BACKUP_KEYS],
			d.files_put, d.gone };
	return e;
}
