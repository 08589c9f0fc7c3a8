/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Inside shared/store only: what db.c, the pool and the writer share, and what a database driver
 * supplies. A connection is used by one thread at a time.
 */
#ifndef STORE_DRIVER_H
#define STORE_DRIVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/db.h"

#define STORE_MAX_BINDS 128
#define STORE_BUCKETS   256

/* A prepared statement of one connection. Drivers embed it as their first member. */
struct statement {
	const struct sql *q;
	struct statement *next;      /* owned; in its bucket */
	const struct shape *checked; /* the shape whose columns were compared with the result */
	int binds;                   /* values it takes */
	bool busy;                   /* between start and end */
};

/* Drivers embed it as their first member. */
struct db_conn {
	struct store *store;  /* borrowed */
	struct db_conn *next; /* owned; while idle */
	struct statement *statements[STORE_BUCKETS];
	char tenant[24];    /* what row security was last told; "?" when that is not known */
	const char *doomed; /* static; why the write in hand can only be rolled back */
	bool repeat;        /* the database asked to repeat the transaction */
	bool lost;          /* the connection cannot be used any more */
	struct memo *memo;  /* owned; NULL before the first db_hold() */
	int64_t changes;    /* rows changed in the transaction in hand */
};

struct cell {
	bool null;
	int64_t n;
	struct bytes data; /* followed by a zero byte; lives until the next step */
};

enum conn_role { CONN_READER, CONN_WRITER };

struct driver {
	enum err (*connect)(
		struct scope *sc, struct store *s, enum conn_role role, struct db_conn **c) MUST;
	void (*disconnect)(struct db_conn *c);
	/* Text of one or more statements without values. */
	enum err (*exec)(struct scope *sc, struct db_conn *c, const char *text) MUST;
	/* Prepares Q where this connection has not yet, binds and runs it. STREAM: rows may be
	   fetched one by one, and nothing else runs on the connection meanwhile. */
	enum err (*start)(struct scope *sc, struct db_conn *c, const struct sql *q, struct binds b,
		bool stream, struct statement **st) MUST;
	enum err (*step)(struct scope *sc, struct db_conn *c, struct statement *st, bool *row) MUST;
	/* Rows changed so far; 0 for a statement that only reads. */
	int64_t (*changed)(struct db_conn *c, struct statement *st);
	int (*columns)(struct statement *st);
	const char *(*column)(struct statement *st, int i);
	enum err (*cell)(struct scope *sc, struct statement *st, int i, enum col_type type,
		struct cell *out) MUST;
	void (*end)(struct db_conn *c, struct statement *st);
	/* A transaction is open. */
	bool (*is_inside)(struct db_conn *c);
	/* A number that is another one after anybody's commit; NULL where there is none. */
	enum err (*version)(struct scope *sc, struct db_conn *c, int64_t *version) MUST;
	/* Gives back the memory of pages: nothing was asked for a while. NULL does nothing. */
	void (*relax)(struct db_conn *c);
	/* Tells row security whose rows may be seen: a number, "*" or "". NULL: there is none. */
	enum err (*tell_tenant)(struct scope *sc, struct db_conn *c, const char *tenant) MUST;
	enum err (*write)(struct scope *sc, db_write_fn *fn, void *arg, bool later) MUST;
	/* Somebody waits for the write in hand to end; NULL where that cannot be known. */
	bool (*awaited)(const struct store *s);
	/* After the last connection was closed; NULL does nothing. */
	void (*closed)(struct store *s);
	/* The transaction's first statement, and what locks migrations of two processes out. */
	const char *begin, *lock_migrations;
	const char *begin_snapshot; /* a transaction that sees one state */
	bool is_sqlite;
};

extern const struct driver sqlite_driver, postgres_driver, fake_driver;

struct store {
	const struct driver *driver;
	struct store_config config; /* url and grant are owned */
	char *place;                /* owned; the file, or the connection string */
	pthread_mutex_t lock;       /* over idle, open */
	pthread_cond_t returned;
	struct db_conn *idle; /* owned */
	int open, limit;
	struct writer *writer;         /* owned; SQLite */
	struct checkpoint *checkpoint; /* owned; SQLite */
	char **guarded;                /* owned; SQLite: tables of tenants */
	size_t guarded_count;
	atomic_llong calls, fail_at; /* fake */
	atomic_int fail_with;
	atomic_llong writes, commits, rows, waiting, slow, failed;
};

/* ---- pool ---- */

/* Waits a while for a free connection; ERR_AWAY then. */
enum err pool_lease(struct scope *sc, struct store *s, struct db_conn **c) MUST;
/* A lost connection is closed, and with it all idle ones, which are likely lost too. */
void pool_return(struct db_conn *c);
void pool_close(struct store *s);

/* ---- results of a held connection (memo.c) ---- */

/* The database is at VERSION now: what was kept under another one is not found any more. */
void memo_begin(struct db_conn *c, int64_t version);
void memo_free(struct memo *m);
bool memo_find(struct scope *sc, struct db_conn *c, const struct sql *q, struct binds b,
	const struct shape *s, void **rows, size_t *n);
void memo_keep(struct db_conn *c, const struct sql *q, struct binds b, const struct shape *s,
	const void *rows, size_t n);

/* ---- shared by the drivers ---- */

struct statement *statement_find(struct db_conn *c, const struct sql *q);
void statement_keep(struct db_conn *c, struct statement *st);
/* Empties the connection's table; FREE releases one. */
void statement_drop_all(struct db_conn *c, void (*free_one)(struct statement *st));
/* Runs FN and the flush on C, inside a transaction that the caller opened, and ends or rolls back
   nothing itself. */
enum err write_body(struct scope *sc, struct db_conn *c, db_write_fn *fn, void *arg) MUST;

/* Counts a commit and wakes who waits for one. */
void store_committed(struct store *s, int64_t rows);

/* ---- the SQLite writer ---- */

enum err writer_start(struct scope *sc, struct store *s) MUST;
void writer_stop(struct store *s);
enum err writer_submit(struct scope *sc, db_write_fn *fn, void *arg, bool later) MUST;
bool writer_is_awaited(const struct store *s);
/* The thread that carries the log into the file. STOP accepts that there is none. */
enum err checkpoint_start(struct scope *sc, struct store *s) MUST;
void checkpoint_stop(struct store *s);
/* Soon; at once where it is idle. */
void checkpoint_ask(struct store *s);
/* Reads again which tables belong to tenants: after migrations. */
enum err sqlite_learn(struct scope *sc, struct db_conn *c) MUST;

/* The functions of SQLite, for the fake to stand before. */
#define SQLITE_FUNCTIONS                                                                           \
	.disconnect = sqlite_disconnect, .step = sqlite_step, .changed = sqlite_changed,           \
	.columns = sqlite_columns, .column = sqlite_column, .cell = sqlite_cell,                   \
	.end = sqlite_end, .is_inside = sqlite_is_inside, .relax = sqlite_relax,                   \
	.version = sqlite_version, .write = writer_submit, .awaited = writer_is_awaited,           \
	.begin = "BEGIN IMMEDIATE", .begin_snapshot = "BEGIN", .is_sqlite = true
enum err sqlite_connect(
	struct scope *sc, struct store *s, enum conn_role role, struct db_conn **out) MUST;
void sqlite_disconnect(struct db_conn *c);
enum err sqlite_exec(struct scope *sc, struct db_conn *c, const char *text) MUST;
enum err sqlite_start(struct scope *sc, struct db_conn *c, const struct sql *q, struct binds b,
	bool stream, struct statement **out) MUST;
enum err sqlite_step(struct scope *sc, struct db_conn *c, struct statement *st, bool *row) MUST;
int64_t sqlite_changed(struct db_conn *c, struct statement *st);
int sqlite_columns(struct statement *st);
const char *sqlite_column(struct statement *st, int i);
enum err sqlite_cell(
	struct scope *sc, struct statement *st, int i, enum col_type type, struct cell *out) MUST;
void sqlite_end(struct db_conn *c, struct statement *st);
bool sqlite_is_inside(struct db_conn *c);
void sqlite_relax(struct db_conn *c);
enum err sqlite_version(struct scope *sc, struct db_conn *c, int64_t *version) MUST;

/* ---- migrations ---- */

/* PostgreSQL, inside a write: row security for every table of tenants that has none yet, and
   grants. ENGINE are the names left out, each between blanks. */
enum err guard_tables(struct scope *sc, const char *engine) MUST;

#endif
