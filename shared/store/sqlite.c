/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * SQLite: WAL with synchronous=FULL, one connection that writes (writer.c) and several that only
 * read. The authorizer is the second lock: a statement that has not declared itself a tenant or
 * system statement cannot touch a tenant's table, and none may do more than read and change rows.
 */
#include "store/driver.h"

#include <sqlite3.h>

#define BUSY_MS 5000
/* The one that writes touches a page again and again, and meets the pages of every index. */
#define WRITER_CACHE_KIB 16384
/* Pages in the log before they are carried into the file: a batch of a thousand facts touches a few
   thousand, most of them those of the batch before. */
#define CHECKPOINT_PAGES 4000
/* So long it may grow while that is done beside the writer, who then does the little that is left.
 */
#define LONGEST_LOG (3 * CHECKPOINT_PAGES + 1000)

/* The head of the WAL's index (sqlite.org/walformat.html): 48 bytes, twice. Each commit of whatever
   process counts in it and writes its checksum anew. */
#define HEAD_WORDS 12
#define INDEX_SIZE 32768

struct sqlite_conn {
	struct db_conn base;
	sqlite3 *db;              /* owned */
	const struct sql *inhand; /* what the authorizer judges; NULL: our own text */
	sqlite3_stmt *version;    /* owned; NULL before it is first asked for */
	int asked_at;          /* pages of the log when it was last to be carried into the file */
	const uint32_t *index; /* SQLite's: the head of the WAL's index; NULL where there is none */
	uint32_t head[HEAD_WORDS]; /* as it was when the version was asked for */
	int64_t known;             /* that version; 0 before the first */
};

struct sqlite_statement {
	struct statement base;
	sqlite3_stmt *stmt; /* owned */
	int64_t before;     /* total changes when it started */
	int at[STORE_MAX_BINDS];
};

static struct sqlite_conn *own(struct db_conn *c)
{
	return (struct sqlite_conn *)c;
}

static struct sqlite_statement *own_statement(struct statement *st)
{
	return (struct sqlite_statement *)st;
}

/* ---- errors ---- */

static enum err err_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_CONSTRAINT:
		return ERR_CONFLICT;
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_READONLY:
	case SQLITE_NOMEM:
	case SQLITE_PERM:
		return ERR_AWAY;
	default:
		return ERR_INTERNAL;
	}
}

static enum err fail_sqlite(struct scope *sc, struct db_conn *c, const char *what)
{
	sqlite3 *db = own(c)->db;

	return fail(sc, err_of(sqlite3_errcode(db)), "%s: %s (SQLite %d)", what, sqlite3_errmsg(db),
		sqlite3_extended_errcode(db));
}

/* ---- the second lock ---- */

static bool is_guarded(const struct store *s, const char *table)
{
	for (size_t i = 0; i < s->guarded_count; i++)
		if (str_eq(s->guarded[i], table))
			return true;
	return false;
}

static int authorize(void *arg, int action, const char *one, const char *two, const char *database,
	const char *trigger)
{
	struct sqlite_conn *c = arg;

	(void)two;
	(void)database;
	(void)trigger;
	if (!c->inhand)
		return SQLITE_OK;
	switch (action) {
	case SQLITE_READ:
	case SQLITE_INSERT:
	case SQLITE_UPDATE:
	case SQLITE_DELETE:
		if (c->inhand->kind == SQL_TENANT || c->inhand->kind == SQL_SYSTEM)
			return SQLITE_OK;
		return is_guarded(c->base.store, one) ? SQLITE_DENY : SQLITE_OK;
	case SQLITE_PRAGMA:
		/* Which columns a table has: for backups. */
		return c->inhand->kind == SQL_SYSTEM && str_eq(one, "table_info") ? SQLITE_OK
										  : SQLITE_DENY;
	case SQLITE_SELECT:
	case SQLITE_FUNCTION:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	default:
		return SQLITE_DENY;
	}
}

static void forget_guarded(struct store *s)
{
	for (size_t i = 0; i < s->guarded_count; i++)
		free(s->guarded[i]);
	free(s->guarded);
	s->guarded = NULL;
	s->guarded_count = 0;
}

/* Tables whose key begins with tenant, but for those marked as the engine's. */
static const char guarded_text[] =
	"SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) p ON p.pk = 1 "
	"WHERE m.type = 'table' AND p.name = 'tenant' AND m.sql NOT LIKE '%( -- @engine%'";

enum err sqlite_learn(struct scope *sc, struct db_conn *c)
{
	struct store *s = c->store;
	sqlite3_stmt *stmt;
	int code;

	if (sqlite3_prepare_v2(own(c)->db, guarded_text, -1, &stmt, NULL) != SQLITE_OK)
		return fail_sqlite(sc, c, "list of tables");
	forget_guarded(s);
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(stmt, 0);

		s->guarded = reallocarray(s->guarded, s->guarded_count + 1, sizeof *s->guarded);
		if (!s->guarded || !name)
			abort();
		s->guarded[s->guarded_count++] = strdup(name);
	}
	sqlite3_finalize(stmt);
	return code == SQLITE_DONE ? ERR_NONE : fail_sqlite(sc, c, "list of tables");
}

/* ---- connections ---- */

static void free_statement(struct statement *st)
{
	sqlite3_finalize(own_statement(st)->stmt);
	free(st);
}

void sqlite_disconnect(struct db_conn *c)
{
	statement_drop_all(c, free_statement);
	sqlite3_finalize(own(c)->version);
	memo_free(c->memo);
	sqlite3_close_v2(own(c)->db);
	free(c);
}

enum err sqlite_exec(struct scope *sc, struct db_conn *c, const char *text)
{
	own(c)->inhand = NULL;
	if (sqlite3_exec(own(c)->db, text, NULL, NULL, NULL) != SQLITE_OK)
		return fail_sqlite(sc, c, "statement");
	return ERR_NONE;
}

/* After each commit of the writer. */
static int log_grew(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct sqlite_conn *c = arg;

	if (pages >= LONGEST_LOG)
		sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	/* It began anew. */
	if (pages < c->asked_at)
		c->asked_at = 0;
	/* Seldom: a page that changed often is carried once. */
	if (pages - c->asked_at >= CHECKPOINT_PAGES) {
		c->asked_at = pages;
		checkpoint_ask(c->base.store);
	}
	return SQLITE_OK;
}

static enum err set_up(struct scope *sc, struct db_conn *c, enum conn_role role)
{
	static const char both[] = "PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL; "
				   "PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY";
	int cache = c->store->config.cache_kib;
	enum err e = ERR_NONE;

	if (role == CONN_WRITER)
		e = sqlite_exec(sc, c, "PRAGMA journal_mode=WAL");
	if (role == CONN_WRITER && !cache)
		cache = WRITER_CACHE_KIB;
	if (!e)
		e = sqlite_exec(sc, c, both);
	if (!e && cache)
		e = sqlite_exec(sc, c, arena_printf(sc->mem, "PRAGMA cache_size=-%d", cache));
	if (!e)
		e = role == CONN_WRITER ? sqlite_learn(sc, c)
					: sqlite_exec(sc, c, "PRAGMA query_only=ON");
	if (e)
		return e;
	if (role == CONN_WRITER)
		sqlite3_wal_hook(own(c)->db, log_grew, own(c));
	sqlite3_set_authorizer(own(c)->db, authorize, own(c));
	return ERR_NONE;
}

/* Nobody asks SQLite how much memory it has, and counting takes a lock of the whole process at each
   allocation: a tenth of a write's time. */
static void configure(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

enum err sqlite_connect(
	struct scope *sc, struct store *s, enum conn_role role, struct db_conn **out)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	struct sqlite_conn *c = calloc(1, sizeof *c);
	enum err e;

	if (!c)
		abort();
	pthread_once(&once, configure);
	c->base.store = s;
	if (sqlite3_open_v2(s->place, &c->db, flags, NULL) != SQLITE_OK) {
		e = fail(sc, ERR_AWAY, "%s: %s", s->place, sqlite3_errmsg(c->db));
	} else {
		sqlite3_extended_result_codes(c->db, 1);
		sqlite3_busy_timeout(c->db, BUSY_MS);
		e = set_up(sc, &c->base, role);
	}
	if (e) {
		sqlite_disconnect(&c->base);
		return e;
	}
	*out = &c->base;
	return ERR_NONE;
}

/* ---- statements ---- */

/* $n is a named parameter here; its place is looked up once. */
static enum err find_binds(struct scope *sc, struct sqlite_statement *st)
{
	int count = sqlite3_bind_parameter_count(st->stmt);
	char name[8];

	if (count > STORE_MAX_BINDS)
		return fail(sc, ERR_INTERNAL, "%s takes too many values", st->base.q->name);
	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof name, "$%d", i + 1);
		st->at[i] = sqlite3_bind_parameter_index(st->stmt, name);
		if (!st->at[i])
			return fail(sc, ERR_INTERNAL, "%s skips %s", st->base.q->name, name);
	}
	st->base.binds = count;
	return ERR_NONE;
}

static enum err prepare(
	struct scope *sc, struct db_conn *c, const struct sql *q, struct sqlite_statement **out)
{
	struct sqlite_statement *st = calloc(1, sizeof *st);
	const char *rest = "";
	enum err e;

	if (!st)
		abort();
	st->base.q = q;
	if (sqlite3_prepare_v3(own(c)->db, q->text, -1, SQLITE_PREPARE_PERSISTENT, &st->stmt,
		    &rest) != SQLITE_OK)
		e = fail_sqlite(sc, c, q->name);
	else if (!st->stmt || rest[strspn(rest, " ;\n\t")])
		e = fail(sc, ERR_INTERNAL, "%s is not one statement", q->name);
	else
		e = find_binds(sc, st);
	if (e) {
		free_statement(&st->base);
		return e;
	}
	statement_keep(c, &st->base);
	*out = st;
	return ERR_NONE;
}

static int bind_value(sqlite3_stmt *stmt, int at, const struct value *v)
{
	switch (v->type) {
	case VALUE_INT:
		return sqlite3_bind_int64(stmt, at, v->n);
	case VALUE_TEXT:
		return sqlite3_bind_text(stmt, at, v->text, -1, SQLITE_STATIC);
	case VALUE_BYTES:
		return sqlite3_bind_blob64(
			stmt, at, v->bytes.len ? v->bytes.data : "", v->bytes.len, SQLITE_STATIC);
	case VALUE_NULL:
		break;
	}
	return sqlite3_bind_null(stmt, at);
}

enum err sqlite_start(struct scope *sc, struct db_conn *c, const struct sql *q, struct binds b,
	bool stream, struct statement **out)
{
	struct sqlite_statement *st = own_statement(statement_find(c, q));
	enum err e = ERR_NONE;

	(void)stream;
	own(c)->inhand = q;
	if (!st)
		e = prepare(sc, c, q, &st);
	if (e)
		return e;
	if (st->base.busy)
		return fail(sc, ERR_INTERNAL, "%s runs inside itself", q->name);
	if ((size_t)st->base.binds != b.count)
		return fail(sc, ERR_INTERNAL, "%s takes %d values, got %zu", q->name,
			st->base.binds, b.count);
	for (size_t i = 0; i < b.count; i++)
		if (bind_value(st->stmt, st->at[i], &b.list[i]) != SQLITE_OK)
			return fail_sqlite(sc, c, q->name);
	st->base.busy = true;
	st->before = sqlite3_total_changes64(own(c)->db);
	*out = &st->base;
	return ERR_NONE;
}

enum err sqlite_step(struct scope *sc, struct db_conn *c, struct statement *st, bool *row)
{
	int code;

	/* A changed schema prepares again in here, under the same authorizer. */
	own(c)->inhand = st->q;
	code = sqlite3_step(own_statement(st)->stmt);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return fail_sqlite(sc, c, st->q->name);
	*row = code == SQLITE_ROW;
	return ERR_NONE;
}

int64_t sqlite_changed(struct db_conn *c, struct statement *st)
{
	if (sqlite3_stmt_readonly(own_statement(st)->stmt))
		return 0;
	return sqlite3_total_changes64(own(c)->db) - own_statement(st)->before;
}

int sqlite_columns(struct statement *st)
{
	return sqlite3_column_count(own_statement(st)->stmt);
}

const char *sqlite_column(struct statement *st, int i)
{
	return sqlite3_column_name(own_statement(st)->stmt, i);
}

enum err sqlite_cell(
	struct scope *sc, struct statement *st, int i, enum col_type type, struct cell *out)
{
	sqlite3_stmt *stmt = own_statement(st)->stmt;
	const void *data = NULL;

	out->null = sqlite3_column_type(stmt, i) == SQLITE_NULL;
	if (out->null)
		return ERR_NONE;
	if (type == COL_BYTES) {
		data = sqlite3_column_blob(stmt, i);
	} else if (type == COL_TEXT) {
		data = sqlite3_column_text(stmt, i);
	} else {
		/* PostgreSQL would not read a text as a number either. */
		if (sqlite3_column_type(stmt, i) != SQLITE_INTEGER)
			return fail(sc, ERR_INTERNAL, "%s: column %d is no integer", st->q->name,
				i + 1);
		out->n = sqlite3_column_int64(stmt, i);
		return ERR_NONE;
	}
	out->data = bytes_of(data ? data : "", (size_t)sqlite3_column_bytes(stmt, i));
	return ERR_NONE;
}

void sqlite_end(struct db_conn *c, struct statement *st)
{
	(void)c;
	sqlite3_reset(own_statement(st)->stmt);
	sqlite3_clear_bindings(own_statement(st)->stmt);
	st->busy = false;
}

/* Where SQLite has the index of the log in memory, shared with all that use the file; it stays
   there as long as the connection, which keeps the log open. */
static void find_index(struct sqlite_conn *o)
{
	volatile void *at = NULL;
	sqlite3_file *file = NULL;

	if (o->index ||
		sqlite3_file_control(o->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) !=
			SQLITE_OK ||
		!file || !file->pMethods || file->pMethods->iVersion < 2 ||
		file->pMethods->xShmMap(file, 0, INDEX_SIZE, 0, &at) != SQLITE_OK)
		return;
	o->index = (const uint32_t *)(uintptr_t)at;
}

/* False while somebody writes it: its two copies differ. */
static bool read_head(const struct sqlite_conn *o, uint32_t head[HEAD_WORDS])
{
	bool whole = true;

	for (size_t i = 0; i < HEAD_WORDS; i++)
		head[i] = __atomic_load_n(&o->index[i], __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	for (size_t i = 0; i < HEAD_WORDS; i++)
		whole &= head[i] == __atomic_load_n(&o->index[HEAD_WORDS + i], __ATOMIC_RELAXED);
	return whole;
}

/* Another connection's commit changes it, and this one never writes. */
static enum err ask_version(struct scope *sc, struct sqlite_conn *o, int64_t *version)
{
	bool row;

	o->inhand = NULL;
	if (!o->version && sqlite3_prepare_v3(o->db, "PRAGMA data_version", -1,
				   SQLITE_PREPARE_PERSISTENT, &o->version, NULL) != SQLITE_OK)
		return fail_sqlite(sc, &o->base, "version");
	row = sqlite3_step(o->version) == SQLITE_ROW;
	*version = row ? sqlite3_column_int64(o->version, 0) : 0;
	if (sqlite3_reset(o->version) != SQLITE_OK || !row)
		return fail_sqlite(sc, &o->base, "version");
	return ERR_NONE;
}

/* SQLite is asked, with its locks of files, only when the head of the log's index is another one
   than when it was last asked. The head is read before: what is committed meanwhile is seen next
   time. */
enum err sqlite_version(struct scope *sc, struct db_conn *c, int64_t *version)
{
	struct sqlite_conn *o = own(c);
	uint32_t head[HEAD_WORDS];
	bool whole = o->index && read_head(o, head);
	enum err e;

	if (whole && o->known && memcmp(head, o->head, sizeof head) == 0) {
		*version = o->known;
		return ERR_NONE;
	}
	e = ask_version(sc, o, version);
	o->known = !e && whole ? *version : 0;
	if (o->known)
		memcpy(o->head, head, sizeof head);
	find_index(o);
	return e;
}

void sqlite_relax(struct db_conn *c)
{
	sqlite3_db_release_memory(own(c)->db);
}

bool sqlite_is_inside(struct db_conn *c)
{
	return sqlite3_get_autocommit(own(c)->db) == 0;
}

const struct driver sqlite_driver = {
	SQLITE_FUNCTIONS,
	.connect = sqlite_connect,
	.exec = sqlite_exec,
	.start = sqlite_start,
};
