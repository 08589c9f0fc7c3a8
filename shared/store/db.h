/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The database: SQLite or PostgreSQL behind one interface, with the same SQL text ($1 … $n).
 *
 * A statement is a named constant beside its only user and declares its kind. A tenant statement
 * never takes the tenant from its caller: $1 is bound here to the scope's tenant, so the caller's
 * own values begin at $2, and a scope without a tenant cannot run it.
 *
 * Reads outside db_write() run on a connection of their own, in no transaction. Writes run inside
 * db_write() only. On SQLite they queue for the one writer thread, which groups them into
 * transactions of at most 20 ms or 1,000 rows with a savepoint each; on PostgreSQL each is a
 * transaction on a pooled connection, repeated on a serialization failure.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/scope.h"
#include "base/str.h"

/* ---- statements ---- */

enum sql_kind {
	SQL_TENANT = 1, /* tables whose keys begin with tenant; $1 is the scope's tenant */
	SQL_DIRECTORY,  /* account, identity, credential, host …: before a tenant is known */
	SQL_ENGINE,     /* slot, cursor, uplink, job, turn …; and all of an agent's own tables */
	SQL_SYSTEM,     /* tenant tables across tenants: only in a system scope */
};

struct sql {
	const char *name; /* static; in logs and slow-query counts; unique */
	const char *text; /* static */
	enum sql_kind kind;
};

/* Defines a statement and enters it into the list that tests prepare on both databases. */
#define SQL(var, kind_, text_)                                                                     \
	static const struct sql var = { #var, text_, kind_ };                                      \
	static const struct sql *const var##_listed __attribute__((used, section("sql_list"))) =   \
		&var

/* ---- values ---- */

enum value_type { VALUE_NULL, VALUE_INT, VALUE_TEXT, VALUE_BYTES };

struct value {
	enum value_type type;
	int64_t n;
	const char *text; /* borrowed for the call */
	struct bytes bytes;
};

static inline struct value value_int(int64_t n)
{
	return (struct value){ .type = VALUE_INT, .n = n };
}
/* NULL binds NULL. */
static inline struct value value_text(const char *text)
{
	return (struct value){ .type = text ? VALUE_TEXT : VALUE_NULL, .text = text };
}
/* data NULL binds NULL. */
static inline struct value value_bytes(struct bytes b)
{
	return (struct value){ .type = b.data ? VALUE_BYTES : VALUE_NULL, .bytes = b };
}
static inline struct value value_null(int nothing)
{
	(void)nothing;
	return (struct value){ .type = VALUE_NULL };
}
/* NULL for 0: for optional references. */
static inline struct value value_ref(int64_t id)
{
	return (struct value){ .type = id ? VALUE_INT : VALUE_NULL, .n = id };
}

/* A value by its C type: integers, bool, text, struct bytes. */
#define V(x)                                                                                       \
	_Generic((x), char *: value_text, const char *: value_text, struct bytes: value_bytes,      \
		default: value_int)(x)
#define V_NULL    value_null(0)
#define V_REF(id) value_ref(id)

struct binds {
	const struct value *list; /* borrowed for the call */
	size_t count;
};

#define BIND(...)                                                                                  \
	((struct binds){ (const struct value[]){ __VA_ARGS__ },                                    \
		sizeof((const struct value[]){ __VA_ARGS__ }) / sizeof(struct value) })
#define BIND_NONE ((struct binds){ NULL, 0 })

/* ---- rows into structs ---- */

enum col_type { COL_INT64, COL_INT, COL_BOOL, COL_TEXT, COL_BYTES };

struct col {
	const char *name; /* static; checked against the statement's column name */
	enum col_type type;
	size_t offset;
};

struct shape {
	size_t size;            /* of the struct */
	const struct col *cols; /* static; in the statement's column order */
	size_t count;
};

/* One column of a row struct: the member's name is the column's name, its C type the column's type.
   NULL reads as 0, false, NULL or empty bytes. */
#define COL(type_, member)                                                                         \
	{                                                                                          \
#member,                                                                                 \
		_Generic(((type_ *)0)->member, int64_t: COL_INT64, int: COL_INT, bool: COL_BOOL,   \
			char *: COL_TEXT, const char *: COL_TEXT, struct bytes: COL_BYTES),        \
		offsetof(type_, member)         \
	}
#define SHAPE(var, type_, ...)                                                                     \
	static const struct col var##_cols[] = { __VA_ARGS__ };                                    \
	static const struct shape var = { sizeof(type_), var##_cols, COUNT(var##_cols) }

/* Runs Q. Rows are an arena array of the shape's struct; *N 0 and *ROWS NULL when there are none.
 */
enum err db_list(struct scope *sc, const struct sql *q, struct binds b, const struct shape *s,
	void *rows, size_t *n) MUST;
/* The first row into *ROW. ERR_MISSING, with nothing recorded for people, when there is none. */
enum err db_one(struct scope *sc, const struct sql *q, struct binds b, const struct shape *s,
	void *row) MUST;
/* The first column of the first row; ERR_MISSING when there is none. NULL reads as 0. */
enum err db_int(struct scope *sc, const struct sql *q, struct binds b, int64_t *n) MUST;
enum err db_text(struct scope *sc, const struct sql *q, struct binds b, const char **text) MUST;
/* Calls EACH for every row without keeping them; the row is reused, its texts live until EACH
   returns. A non-zero return ends the walk and is handed back. Do not run statements inside. */
enum err db_each(struct scope *sc, const struct sql *q, struct binds b, const struct shape *s,
	enum err (*each)(struct scope *sc, void *arg, const void *row), void *arg) MUST;
/* Runs a statement for its effect, inside db_write(). *CHANGED, where not NULL, counts its rows.
   A broken uniqueness or check is ERR_CONFLICT. */
enum err db_run(struct scope *sc, const struct sql *q, struct binds b, int64_t *changed) MUST;

/* SC keeps one connection for what it reads from here until db_let_go() or its next write, and
   takes the database as it is now: a statement that was run on that connection before and has not
   changed its result since is not run again. Nothing on PostgreSQL. ERR_AWAY as any statement. */
enum err db_hold(struct scope *sc) MUST;
/* Harmless when nothing is held. */
void db_let_go(struct scope *sc);

/* ---- writing ---- */

typedef enum err db_write_fn(struct scope *sc, void *arg);

/*
 * Runs FN in a transaction and returns when it is durable. FN's error rolls back what it wrote and
 * is returned. FN may run more than once (PostgreSQL repeats on serialization failure), so it sets
 * its results afresh. FN runs on another thread while the caller waits, and opens no other scope
 * to write with. ERR_AWAY when the database is away, full or its queue too long; where the
 * connection broke during the commit it may have happened all the same.
 *
 * Nested calls join the transaction of the caller. A statement that failed, or a nested write that
 * failed after it had changed something, dooms the whole: nothing runs after it but the way out.
 * What may fail and be survived is guarded in SQL (ON CONFLICT DO NOTHING) or runs in db_try().
 *
 * Two writers on PostgreSQL meet at READ COMMITTED: decide by UPDATE … WHERE and count the rows.
 */
enum err db_write(struct scope *sc, db_write_fn *fn, void *arg) MUST;
/* As db_write(), but several scopes' background work may wait longer: used by imports, jobs and
   event batches so that a click's write goes before them in the queue. */
enum err db_write_later(struct scope *sc, db_write_fn *fn, void *arg) MUST;
/* Inside a long write that may as well end here and go on as another one: whether it should, since
   somebody waits for the database; on PostgreSQL, where nobody knows who does, since it has changed
   some hundred rows. */
bool db_enough(const struct scope *sc);
/* Inside a write: runs FN in a savepoint, so that its failure takes back only what FN did and the
   write goes on. Outside: as db_write(). */
enum err db_try(struct scope *sc, db_write_fn *fn, void *arg) MUST;
/* Runs FN, which only reads, on one state of the whole database: backups. Statements inside that
   are made at run time must live as long as the process, for their addresses name them. */
enum err db_snapshot(struct scope *sc, db_write_fn *fn, void *arg) MUST;
/* Called by store/ at the end of the outermost write's FN, before the commit; set once by the
   program to append events and counters. NULL does nothing. */
typedef enum err db_flush_fn(struct scope *sc);

/* ---- opening ---- */

struct store_config {
	const char *url;    /* "sqlite:/path/file.db" or "postgresql://…" */
	int readers;        /* connections for reading; at least 1 */
	bool owner;         /* migrations: the role owns the tables and sees all tenants */
	const char *grant;  /* PostgreSQL: the role that may use what migrations make, or NULL */
	db_flush_fn *flush; /* may be NULL */
	/* After a commit that changed rows, on whichever thread: only to wake others. May be NULL.
	 */
	void (*committed)(void *arg);
	void *arg;     /* borrowed */
	int cache_kib; /* SQLite page cache per connection; 0: 16 MiB to write, 2 MiB to read */
};

/* Connects. Errors are in SC (whose world has no store yet). */
enum err store_open(struct scope *sc, const struct store_config *c, struct store **store) MUST;
/* Waits for queued writes; no other call may be under way. Accepts NULL. */
void store_close(struct store *s);
/* The role a PostgreSQL URL signs in with. ERR_INPUT for no such URL. */
enum err store_url_role(struct scope *sc, const char *url, const char **role) MUST;
bool store_is_sqlite(const struct store *s);
/* ERR_AWAY with the reason when it cannot serve; for /readyz. */
enum err store_ping(struct scope *sc) MUST;

/* Numbers for /metrics. */
struct store_stats {
	int64_t writes, commits, rows, waiting, slow, failed;
};
void store_stats(const struct store *s, struct store_stats *out);

#endif
