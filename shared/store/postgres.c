/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * PostgreSQL: pooled connections, statements prepared once on each, values as text but for bytes.
 * Row security is told the tenant before a statement that may see a tenant's rows.
 */
#include "store/driver.h"

#include <libpq-fe.h>
#include <unistd.h>

#include "base/rand.h"

#define REPEATS 12
/* What the server takes a value for that it first meets beside a small number; ids do not fit. */
#define INT4_OID 23

struct pg_conn {
	struct db_conn base;
	PGconn *pg; /* owned */
	unsigned names;
};

struct pg_statement {
	struct statement base;
	char name[16];
	PGresult *result; /* owned while busy; the row in hand when it streams */
	int row;
	bool streams;
	struct arena *mem; /* owned; decoded bytes of the row */
};

static struct pg_conn *own(struct db_conn *c)
{
	return (struct pg_conn *)c;
}

static struct pg_statement *own_statement(struct statement *st)
{
	return (struct pg_statement *)st;
}

/* ---- errors ---- */

/* The first row whose prefix fits the SQLSTATE decides. */
static const struct {
	const char *prefix;
	enum err err;
	bool repeat;
} states[] = {
	{ "23", ERR_CONFLICT, false }, /* a constraint */
	{ "40001", ERR_AWAY, true },   /* serialization */
	{ "40P01", ERR_AWAY, true },   /* deadlock */
	{ "53", ERR_AWAY, false },     /* disk full, out of memory, too many connections */
	{ "55P03", ERR_AWAY, false },  /* lock not available */
	{ "57", ERR_AWAY, false },     /* shut down, cancelled by a timeout */
	{ "58", ERR_AWAY, false },     /* its disk failed */
	{ "08", ERR_AWAY, false },     /* connection */
	{ "25006", ERR_AWAY, false },  /* it only reads: a standby */
	{ "28", ERR_AWAY, false },     /* may not sign in */
	{ "3D", ERR_AWAY, false },     /* no such database */
	{ "", ERR_INTERNAL, false },
};

static enum err fail_pg(struct scope *sc, struct db_conn *c, const PGresult *r, const char *what)
{
	const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
	const char *text = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;

	if (PQstatus(own(c)->pg) != CONNECTION_OK || !state) {
		c->lost = true;
		return fail(sc, ERR_AWAY, "%s: %s", what,
			str_trim(sc->mem, PQerrorMessage(own(c)->pg)));
	}
	for (size_t i = 0;; i++) {
		if (!str_starts(state, states[i].prefix))
			continue;
		if (states[i].repeat)
			c->repeat = true;
		if (str_starts(state, "57P"))
			c->lost = true;
		return fail(
			sc, states[i].err, "%s: %s (SQLSTATE %s)", what, text ? text : "", state);
	}
}

static bool is_good(const PGresult *r)
{
	ExecStatusType status = PQresultStatus(r);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
	       status == PGRES_SINGLE_TUPLE;
}

static void clear_result(PGresult **r)
{
	PQclear(*r);
}

/* ---- connections ---- */

static void free_statement(struct statement *st)
{
	PQclear(own_statement(st)->result);
	arena_free(own_statement(st)->mem);
	free(st);
}

static void pg_disconnect(struct db_conn *c)
{
	statement_drop_all(c, free_statement);
	PQfinish(own(c)->pg);
	free(c);
}

static enum err pg_exec(struct scope *sc, struct db_conn *c, const char *text)
{
	PGresult *r CLEANUP(clear_result) = PQexec(own(c)->pg, text);

	return is_good(r) ? ERR_NONE : fail_pg(sc, c, r, "statement");
}

static void drop_notice(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

/* Whoever may pass over row security would make the second lock a picture of one. */
static enum err check_role(struct scope *sc, struct db_conn *c)
{
	PGresult *r CLEANUP(clear_result) =
		PQexec(own(c)->pg, "SELECT rolname FROM pg_roles WHERE rolname = current_user "
				   "AND (rolsuper OR rolbypassrls)");

	if (!is_good(r))
		return fail_pg(sc, c, r, "role");
	if (PQntuples(r) > 0)
		return fail(sc, ERR_INPUT,
			"the database role %s passes over row security: use one that is neither "
			"superuser nor BYPASSRLS",
			PQgetvalue(r, 0, 0));
	return ERR_NONE;
}

static enum err set_up(struct scope *sc, struct db_conn *c)
{
	bool owner = c->store->config.owner;
	enum err e;

	PQsetNoticeProcessor(own(c)->pg, drop_notice, NULL);
	/* The migrations of an owner see every tenant and may take long. */
	e = pg_exec(sc, c,
		owner ? "SET app.tenant = '*'"
		      : "SET statement_timeout = '30s'; SET lock_timeout = '10s'; "
			"SET idle_in_transaction_session_timeout = '10s'");
	if (e || owner)
		return e;
	return check_role(sc, c);
}

static enum err pg_connect(
	struct scope *sc, struct store *s, enum conn_role role, struct db_conn **out)
{
	static const char *const names[] = { "dbname", "connect_timeout", "client_encoding",
		"fallback_application_name", "tcp_user_timeout", NULL };
	const char *values[] = { s->place, "5", "UTF8", "penguin", "15000", NULL };
	struct pg_conn *c = calloc(1, sizeof *c);
	enum err e;

	(void)role;
	if (!c)
		abort();
	c->base.store = s;
	snprintf(c->base.tenant, sizeof c->base.tenant, "?");
	c->pg = PQconnectdbParams(names, values, 1);
	if (PQstatus(c->pg) != CONNECTION_OK)
		e = fail(sc, ERR_AWAY, "PostgreSQL: %s", str_trim(sc->mem, PQerrorMessage(c->pg)));
	else
		e = set_up(sc, &c->base);
	if (e) {
		pg_disconnect(&c->base);
		return e;
	}
	*out = &c->base;
	return ERR_NONE;
}

enum err store_url_role(struct scope *sc, const char *url, const char **role)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	const char *user = NULL;

	for (PQconninfoOption *o = options; o && o->keyword; o++)
		if (str_eq(o->keyword, "user"))
			user = arena_text(sc->mem, o->val);
	PQconninfoFree(options);
	if (str_empty(user))
		return fail(sc, ERR_INPUT, "the database URL names no role");
	*role = user;
	return ERR_NONE;
}

/* ---- statements ---- */

static enum err prepare(
	struct scope *sc, struct db_conn *c, const struct sql *q, struct pg_statement **out)
{
	struct pg_statement *st = calloc(1, sizeof *st);
	PGresult *made CLEANUP(clear_result) = NULL;
	PGresult *told CLEANUP(clear_result) = NULL;

	if (!st)
		abort();
	st->base.q = q;
	snprintf(st->name, sizeof st->name, "s%u", ++own(c)->names);
	made = PQprepare(own(c)->pg, st->name, q->text, 0, NULL);
	if (is_good(made))
		told = PQdescribePrepared(own(c)->pg, st->name);
	if (!is_good(made) || !is_good(told)) {
		free(st);
		return fail_pg(sc, c, told ? told : made, q->name);
	}
	st->base.binds = PQnparams(told);
	for (int i = 0; i < st->base.binds; i++)
		if (PQparamtype(told, i) == INT4_OID) {
			free(st);
			return fail(sc, ERR_INTERNAL,
				"%s: $%d is taken for a short integer: CAST($%d AS BIGINT)",
				q->name, i + 1, i + 1);
		}
	st->mem = arena_new();
	statement_keep(c, &st->base);
	*out = st;
	return ERR_NONE;
}

struct sent {
	const char *values[STORE_MAX_BINDS];
	int lengths[STORE_MAX_BINDS], formats[STORE_MAX_BINDS];
};

static void fill(struct sent *s, struct arena *mem, struct binds b)
{
	for (size_t i = 0; i < b.count; i++) {
		const struct value *v = &b.list[i];

		s->values[i] = NULL;
		s->lengths[i] = 0;
		s->formats[i] = v->type == VALUE_BYTES;
		if (v->type == VALUE_INT)
			s->values[i] = arena_printf(mem, "%lld", (long long)v->n);
		else if (v->type == VALUE_TEXT)
			s->values[i] = v->text;
		else if (v->type == VALUE_BYTES)
			s->values[i] = v->bytes.len ? v->bytes.data : "";
		if (v->type == VALUE_BYTES)
			s->lengths[i] = (int)v->bytes.len;
	}
}

static enum err send(struct scope *sc, struct db_conn *c, struct pg_statement *st, struct binds b)
{
	struct sent s;
	PGconn *pg = own(c)->pg;
	int n = (int)b.count;

	fill(&s, st->mem, b);
	if (!st->streams) {
		st->result = PQexecPrepared(pg, st->name, n, s.values, s.lengths, s.formats, 0);
		if (!is_good(st->result))
			return fail_pg(sc, c, st->result, st->base.q->name);
		return ERR_NONE;
	}
	if (!PQsendQueryPrepared(pg, st->name, n, s.values, s.lengths, s.formats, 0) ||
		!PQsetSingleRowMode(pg))
		return fail_pg(sc, c, NULL, st->base.q->name);
	return ERR_NONE;
}

static enum err pg_start(struct scope *sc, struct db_conn *c, const struct sql *q, struct binds b,
	bool stream, struct statement **out)
{
	struct pg_statement *st = own_statement(statement_find(c, q));
	enum err e = ERR_NONE;

	if (!st)
		e = prepare(sc, c, q, &st);
	if (e)
		return e;
	if (st->base.busy)
		return fail(sc, ERR_INTERNAL, "%s runs inside itself", q->name);
	if ((size_t)st->base.binds != b.count)
		return fail(sc, ERR_INTERNAL, "%s takes %d values, got %zu", q->name,
			st->base.binds, b.count);
	st->row = -1;
	st->streams = stream;
	st->base.busy = true;
	e = send(sc, c, st, b);
	*out = &st->base;
	return e;
}

/* The next row of a stream is a result of its own. */
static enum err next_result(struct scope *sc, struct db_conn *c, struct pg_statement *st, bool *row)
{
	PQclear(st->result);
	st->result = PQgetResult(own(c)->pg);
	if (st->result && !is_good(st->result))
		return fail_pg(sc, c, st->result, st->base.q->name);
	st->row = 0;
	*row = st->result && PQresultStatus(st->result) == PGRES_SINGLE_TUPLE;
	return ERR_NONE;
}

static enum err pg_step(struct scope *sc, struct db_conn *c, struct statement *base, bool *row)
{
	struct pg_statement *st = own_statement(base);

	arena_reset(st->mem);
	if (st->streams)
		return next_result(sc, c, st, row);
	*row = ++st->row < PQntuples(st->result);
	return ERR_NONE;
}

static int64_t pg_changed(struct db_conn *c, struct statement *base)
{
	struct pg_statement *st = own_statement(base);
	int64_t n = 0;

	(void)c;
	if (!st->result || str_starts(PQcmdStatus(st->result), "SELECT"))
		return 0;
	return str_int(PQcmdTuples(st->result), 0, INT64_MAX, &n) ? n : 0;
}

/* A stream has no result before its first row, so its columns are asked for after one. */
static int pg_columns(struct statement *st)
{
	return PQnfields(own_statement(st)->result);
}

static const char *pg_column(struct statement *st, int i)
{
	return PQfname(own_statement(st)->result, i);
}

static enum err pg_cell(
	struct scope *sc, struct statement *base, int i, enum col_type type, struct cell *out)
{
	struct pg_statement *st = own_statement(base);
	const char *text = PQgetvalue(st->result, st->row, i);
	size_t len = (size_t)PQgetlength(st->result, st->row, i);

	out->null = PQgetisnull(st->result, st->row, i);
	if (out->null)
		return ERR_NONE;
	if (type == COL_TEXT) {
		out->data = bytes_of(text, len);
		return ERR_NONE;
	}
	if (type == COL_BYTES) {
		void *data = arena_alloc(st->mem, len / 2 + 1);

		/* bytea comes as \x and hexadecimal. */
		if (len < 2 || len % 2 || text[0] != '\\' || text[1] != 'x' ||
			!str_unhex(text + 2, data, len / 2 - 1))
			return fail(sc, ERR_INTERNAL, "%s: column %d is no bytea", base->q->name,
				i + 1);
		out->data = bytes_of(data, len / 2 - 1);
		return ERR_NONE;
	}
	if (!str_int(text, INT64_MIN, INT64_MAX, &out->n))
		return fail(sc, ERR_INTERNAL, "%s: column %d is no integer", base->q->name, i + 1);
	return ERR_NONE;
}

/* A stream left early is cancelled, so that its rest need not be read. */
static void drain(struct db_conn *c, struct pg_statement *st)
{
	PGcancel *cancel;
	char why[256];
	PGresult *r;

	if (st->result && PQresultStatus(st->result) == PGRES_SINGLE_TUPLE) {
		cancel = PQgetCancel(own(c)->pg);
		if (cancel && !PQcancel(cancel, why, sizeof why))
			c->lost = true;
		PQfreeCancel(cancel);
	}
	while ((r = PQgetResult(own(c)->pg)))
		PQclear(r);
}

static void pg_end(struct db_conn *c, struct statement *base)
{
	struct pg_statement *st = own_statement(base);

	if (st->streams)
		drain(c, st);
	PQclear(st->result);
	st->result = NULL;
	arena_reset(st->mem);
	base->busy = false;
}

static bool pg_is_inside(struct db_conn *c)
{
	return PQtransactionStatus(own(c)->pg) != PQTRANS_IDLE;
}

static enum err pg_tell_tenant(struct scope *sc, struct db_conn *c, const char *tenant)
{
	const char *values[] = { tenant };
	PGresult *r CLEANUP(clear_result) = PQexecParams(own(c)->pg,
		"SELECT set_config('app.tenant', $1, false)", 1, NULL, values, NULL, NULL, 0);

	if (!is_good(r))
		return fail_pg(sc, c, r, "tenant of the connection");
	snprintf(c->tenant, sizeof c->tenant, "%s", tenant);
	return ERR_NONE;
}

/* ---- writing ---- */

static void pause_before(int attempt)
{
	int64_t ms = 1 + rand_below(INT64_C(4) << (attempt < 7 ? attempt : 7));

	usleep((useconds_t)ms * 1000);
}

/* A connection that broke while idle is found out here, before anything was done. */
static enum err begin(struct scope *sc, struct store *s, struct db_conn **out)
{
	for (int tries = 0;; tries++) {
		struct db_conn *c;
		enum err e = pool_lease(sc, s, &c);

		if (e)
			return e;
		e = pg_exec(sc, c, "BEGIN");
		if (!e) {
			*out = c;
			return ERR_NONE;
		}
		c->lost = true;
		pool_return(c);
		if (tries > 0)
			return e;
	}
}

/* The reason stays the one that the write gave. */
static void roll_back(struct scope *sc, struct db_conn *c)
{
	struct scope side;

	if (c->lost || !pg_is_inside(c))
		return;
	scope_open(&side, sc->world, sc->kind);
	if (pg_exec(&side, c, "ROLLBACK"))
		c->lost = true;
	scope_close(&side);
	/* A tenant told inside the transaction is taken back with it. */
	snprintf(c->tenant, sizeof c->tenant, "?");
}

static enum err pg_write(struct scope *sc, db_write_fn *fn, void *arg, bool later)
{
	struct store *s = sc->world->store;
	enum err e;

	(void)later;
	for (int attempt = 0;; attempt++) {
		struct db_conn *c;
		int64_t changes;
		bool repeat;

		e = begin(sc, s, &c);
		if (e)
			return e;
		e = write_body(sc, c, fn, arg);
		if (!e)
			e = pg_exec(sc, c, "COMMIT");
		if (e)
			roll_back(sc, c);
		repeat = e && c->repeat && !c->lost;
		changes = c->changes;
		pool_return(c);
		if (!e)
			store_committed(s, changes);
		if (!repeat || attempt == REPEATS)
			return e;
		pause_before(attempt);
	}
}

const struct driver postgres_driver = {
	.connect = pg_connect,
	.disconnect = pg_disconnect,
	.exec = pg_exec,
	.start = pg_start,
	.step = pg_step,
	.changed = pg_changed,
	.columns = pg_columns,
	.column = pg_column,
	.cell = pg_cell,
	.end = pg_end,
	.is_inside = pg_is_inside,
	.tell_tenant = pg_tell_tenant,
	.write = pg_write,
	.begin_snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
	.lock_migrations = "SELECT pg_advisory_xact_lock(7309453)",
};
