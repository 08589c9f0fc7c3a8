/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Statements: who may run what, the tenant's binding, rows into structs, and nested writes. */
#include "store/driver.h"

#include <assert.h>
#include <limits.h>

#define SLOW_MS 200

/* One statement under way. */
struct run {
	struct db_conn *c;
	struct statement *st;
	bool leased;
	int64_t began;
};

static enum err check_right(struct scope *sc, const struct sql *q)
{
	if (q->kind == SQL_TENANT && !sc->tenant)
		return fail(sc, ERR_INTERNAL, "%s needs a tenant", q->name);
	if (q->kind == SQL_SYSTEM && !sc->system)
		return fail(sc, ERR_INTERNAL, "%s crosses tenants outside a system scope", q->name);
	return ERR_NONE;
}

/* What row security is told. Statements that touch no tenant table leave it as it is where SC
   could have set it, which saves a round trip. */
static enum err tell_tenant(struct scope *sc, struct db_conn *c, const struct sql *q)
{
	char own[24] = "";

	/* Migrations see everything from the start. */
	if (!c->store->driver->tell_tenant || c->store->config.owner)
		return ERR_NONE;
	if (sc->tenant)
		snprintf(own, sizeof own, "%lld", (long long)sc->tenant);
	if (q->kind == SQL_SYSTEM)
		snprintf(own, sizeof own, "*");
	else if (q->kind != SQL_TENANT &&
		 (str_empty(c->tenant) || (sc->system && c->tenant[0] == '*')))
		return ERR_NONE;
	if (str_eq(c->tenant, own))
		return ERR_NONE;
	/* Unknown until it worked, and again if the transaction is rolled back. */
	snprintf(c->tenant, sizeof c->tenant, "?");
	return c->store->driver->tell_tenant(sc, c, own);
}

static enum err start_on(
	struct scope *sc, struct run *r, const struct sql *q, struct binds b, bool stream)
{
	struct value list[STORE_MAX_BINDS];
	size_t own = q->kind == SQL_TENANT;
	enum err e = tell_tenant(sc, r->c, q);

	if (e)
		return e;
	assert(b.count + own <= STORE_MAX_BINDS);
	if (own)
		list[0] = value_int(sc->tenant);
	if (b.count)
		memcpy(list + own, b.list, b.count * sizeof *list);
	return r->c->store->driver->start(
		sc, r->c, q, (struct binds){ list, b.count + own }, stream, &r->st);
}

/* A statement that failed dooms its write; a connection that was leased goes back. */
static enum err end_run(struct scope *sc, struct run *r, enum err e)
{
	struct store *s = r->c->store;

	if (r->st) {
		int64_t changed = e ? 0 : s->driver->changed(r->c, r->st);

		r->c->changes += changed;
		s->rows += changed;
		s->driver->end(r->c, r->st);
	}
	if (clock_mono() - r->began > SLOW_MS)
		s->slow++;
	if (e)
		s->failed++;
	if (r->leased)
		pool_return(r->c);
	else if (e && sc->writing && !r->c->doomed)
		r->c->doomed = "a statement failed before";
	return e;
}

static enum err begin_run(
	struct scope *sc, const struct sql *q, struct binds b, bool stream, struct run *r)
{
	struct store *s = sc->world->store;
	enum err e = check_right(sc, q);

	if (e)
		return e;
	if (!s)
		return fail(sc, ERR_INTERNAL, "%s without a database", q->name);
	/* A connection that broke while idle is found out by its next user, who tries once more. */
	for (int tries = 0;; tries++) {
		*r = (struct run){ .c = sc->db, .leased = !sc->db, .began = clock_mono() };
		if (r->leased)
			e = pool_lease(sc, s, &r->c);
		else if (r->c->doomed)
			e = fail(sc, ERR_INTERNAL, "%s in a write that cannot succeed: %s", q->name,
				r->c->doomed);
		if (e)
			return e;
		e = start_on(sc, r, q, b, stream && r->leased);
		if (!e)
			return ERR_NONE;
		if (!r->leased || !r->c->lost || tries > 0)
			return end_run(sc, r, e);
		end_run(sc, r, e);
	}
}

static enum err step(struct scope *sc, struct run *r, bool *row)
{
	return r->c->store->driver->step(sc, r->c, r->st, row);
}

/* ---- rows into structs ---- */

static enum err check_shape(struct scope *sc, struct run *r, const struct shape *s)
{
	const struct driver *d = r->c->store->driver;

	if (r->st->checked == s)
		return ERR_NONE;
	if (d->columns(r->st) != (int)s->count)
		return fail(sc, ERR_INTERNAL, "%s has %d columns, its struct %zu", r->st->q->name,
			d->columns(r->st), s->count);
	for (size_t i = 0; i < s->count; i++)
		if (!str_eq(d->column(r->st, (int)i), s->cols[i].name))
			return fail(sc, ERR_INTERNAL, "%s: column %zu is %s, its struct says %s",
				r->st->q->name, i + 1, d->column(r->st, (int)i), s->cols[i].name);
	r->st->checked = s;
	return ERR_NONE;
}

static enum err put_cell(struct scope *sc, struct arena *mem, const struct run *r,
	const struct col *col, const struct cell *cell, void *row)
{
	char *at = (char *)row + col->offset;

	switch (col->type) {
	case COL_INT64:
		*(int64_t *)(void *)at = cell->n;
		break;
	case COL_INT:
		if (cell->n < INT_MIN || cell->n > INT_MAX)
			return fail(sc, ERR_INTERNAL, "%s: %s does not fit an int", r->st->q->name,
				col->name);
		*(int *)(void *)at = (int)cell->n;
		break;
	case COL_BOOL:
		*(bool *)(void *)at = cell->n != 0;
		break;
	case COL_TEXT:
		*(char **)(void *)at =
			cell->null ? NULL : arena_copy(mem, cell->data.data, cell->data.len);
		break;
	case COL_BYTES:
		*(struct bytes *)(void *)at =
			cell->null ? (struct bytes){ NULL, 0 }
				   : bytes_of(arena_copy(mem, cell->data.data, cell->data.len),
					     cell->data.len);
		break;
	}
	return ERR_NONE;
}

static enum err read_row(
	struct scope *sc, struct arena *mem, struct run *r, const struct shape *s, void *row)
{
	enum err e = check_shape(sc, r, s);

	for (size_t i = 0; !e && i < s->count; i++) {
		struct cell cell = { 0 };

		e = r->c->store->driver->cell(sc, r->st, (int)i, s->cols[i].type, &cell);
		if (!e)
			e = put_cell(sc, mem, r, &s->cols[i], &cell, row);
	}
	return e;
}

static enum err list_rows(struct scope *sc, const struct sql *q, struct binds b,
	const struct shape *s, void *rows, size_t *n)
{
	struct run r;
	char *list = NULL;
	size_t count = 0, cap = 0;
	bool more = false;
	enum err e = begin_run(sc, q, b, false, &r);

	if (e)
		return e;
	while (!(e = step(sc, &r, &more)) && more) {
		if (count == cap) {
			char *old = list;

			cap = cap ? cap * 2 : 16;
			list = arena_array(sc->mem, cap, s->size);
			if (count)
				memcpy(list, old, count * s->size);
		}
		e = read_row(sc, sc->mem, &r, s, list + count * s->size);
		if (e)
			break;
		count++;
	}
	e = end_run(sc, &r, e);
	if (e)
		return e;
	memcpy(rows, &list, sizeof list);
	*n = count;
	return ERR_NONE;
}

/* What the connection that SC holds remembers, or what the statement finds. The tenant belongs to
   the question as the values do. */
static enum err remembered(struct scope *sc, const struct sql *q, struct binds b,
	const struct shape *s, void **rows, size_t *n)
{
	struct value list[STORE_MAX_BINDS];
	struct binds key = { list, b.count + 1 };
	enum err e = check_right(sc, q);

	if (e)
		return e;
	assert(b.count < STORE_MAX_BINDS);
	list[0] = value_int(q->kind == SQL_TENANT ? sc->tenant : 0);
	if (b.count)
		memcpy(list + 1, b.list, b.count * sizeof *list);
	if (memo_find(sc, sc->db, q, key, s, rows, n))
		return ERR_NONE;
	e = list_rows(sc, q, b, s, rows, n);
	if (!e)
		memo_keep(sc->db, q, key, s, *rows, *n);
	return e;
}

static bool remembers(const struct scope *sc)
{
	return sc->db && !sc->writing && sc->db->memo;
}

enum err db_list(struct scope *sc, const struct sql *q, struct binds b, const struct shape *s,
	void *rows, size_t *n)
{
	void *list = NULL;
	enum err e;

	if (!remembers(sc))
		return list_rows(sc, q, b, s, rows, n);
	e = remembered(sc, q, b, s, &list, n);
	if (!e)
		memcpy(rows, &list, sizeof list);
	return e;
}

/* Nothing found is no failure of the statement, and says nothing to people. */
static enum err nothing_found(struct scope *sc)
{
	sc->err = ERR_MISSING;
	sc->why = "no such row";
	sc->tell = NULL;
	sc->field = NULL;
	return ERR_MISSING;
}

static enum err one_remembered(
	struct scope *sc, const struct sql *q, struct binds b, const struct shape *s, void *row)
{
	void *list;
	size_t n;
	enum err e = remembered(sc, q, b, s, &list, &n);

	if (e)
		return e;
	if (n == 0)
		return nothing_found(sc);
	memcpy(row, list, s->size);
	return ERR_NONE;
}

enum err db_one(
	struct scope *sc, const struct sql *q, struct binds b, const struct shape *s, void *row)
{
	struct run r;
	bool found = false;
	void *fresh;
	enum err e;

	if (remembers(sc))
		return one_remembered(sc, q, b, s, row);
	fresh = arena_alloc(sc->mem, s->size);
	e = begin_run(sc, q, b, false, &r);
	if (e)
		return e;
	e = step(sc, &r, &found);
	if (!e && found)
		e = read_row(sc, sc->mem, &r, s, fresh);
	e = end_run(sc, &r, e);
	if (e)
		return e;
	if (!found)
		return nothing_found(sc);
	memcpy(row, fresh, s->size);
	return ERR_NONE;
}

static enum err first_cell(struct scope *sc, const struct sql *q, struct binds b,
	enum col_type type, int64_t *n, const char **text)
{
	struct run r;
	struct cell cell = { 0 };
	const char *copy = NULL;
	bool found = false;
	enum err e = begin_run(sc, q, b, false, &r);

	if (e)
		return e;
	e = step(sc, &r, &found);
	if (!e && found)
		e = r.c->store->driver->cell(sc, r.st, 0, type, &cell);
	if (!e && found && text && !cell.null)
		copy = arena_copy(sc->mem, cell.data.data, cell.data.len);
	e = end_run(sc, &r, e);
	if (e)
		return e;
	if (!found)
		return nothing_found(sc);
	if (text)
		*text = copy;
	else
		*n = cell.n;
	return ERR_NONE;
}

enum err db_int(struct scope *sc, const struct sql *q, struct binds b, int64_t *n)
{
	return first_cell(sc, q, b, COL_INT64, n, NULL);
}

enum err db_text(struct scope *sc, const struct sql *q, struct binds b, const char **text)
{
	return first_cell(sc, q, b, COL_TEXT, NULL, text);
}

enum err db_each(struct scope *sc, const struct sql *q, struct binds b, const struct shape *s,
	enum err (*each)(struct scope *sc, void *arg, const void *row), void *arg)
{
	struct run r;
	struct arena *mem;
	bool more = false;
	enum err e = begin_run(sc, q, b, true, &r), said = ERR_NONE;

	if (e)
		return e;
	mem = arena_new();
	while (!said && !(e = step(sc, &r, &more)) && more) {
		void *row;

		arena_reset(mem);
		row = arena_alloc(mem, s->size);
		e = read_row(sc, mem, &r, s, row);
		if (e)
			break;
		said = each(sc, arg, row);
	}
	arena_free(mem);
	e = end_run(sc, &r, e);
	return e ? e : said;
}

enum err db_run(struct scope *sc, const struct sql *q, struct binds b, int64_t *changed)
{
	struct run r;
	bool more = true;
	int64_t n = 0;
	enum err e;

	if (!sc->writing)
		return fail(sc, ERR_INTERNAL, "%s outside a write", q->name);
	e = begin_run(sc, q, b, false, &r);
	if (e)
		return e;
	while (!e && more)
		e = step(sc, &r, &more);
	if (!e)
		n = r.c->store->driver->changed(r.c, r.st);
	e = end_run(sc, &r, e);
	if (!e && changed)
		*changed = n;
	return e;
}

/* ---- holding a connection ---- */

enum err db_hold(struct scope *sc)
{
	struct store *s = sc->world->store;
	struct db_conn *c;
	int64_t version;
	enum err e;

	if (sc->db || !s || !s->driver->version)
		return ERR_NONE;
	e = pool_lease(sc, s, &c);
	if (e)
		return e;
	e = s->driver->version(sc, c, &version);
	if (e) {
		pool_return(c);
		return e;
	}
	memo_begin(c, version);
	sc->db = c;
	return ERR_NONE;
}

void db_let_go(struct scope *sc)
{
	if (sc->db && !sc->writing)
		pool_return(TAKE(sc->db));
}

/* ---- writing ---- */

enum err write_body(struct scope *sc, struct db_conn *c, db_write_fn *fn, void *arg)
{
	db_flush_fn *flush = c->store->config.flush;
	enum err e;

	c->doomed = NULL;
	c->repeat = false;
	c->changes = 0;
	sc->db = c;
	sc->writing = true;
	sc->events = NULL;
	e = fn(sc, arg);
	if (!e && c->doomed)
		e = fail(sc, ERR_INTERNAL, "a write went on although %s", c->doomed);
	if (!e && flush)
		e = flush(sc);
	sc->events = NULL;
	sc->writing = false;
	sc->db = NULL;
	return e;
}

static enum err write_nested(struct scope *sc, db_write_fn *fn, void *arg)
{
	struct db_conn *c = sc->db;
	int64_t before = c->changes;
	enum err e = fn(sc, arg);

	if (e && c->changes != before && !c->doomed)
		c->doomed = "a write inside it failed half-way";
	return e;
}

static enum err write_any(struct scope *sc, db_write_fn *fn, void *arg, bool later)
{
	struct store *s = sc->world->store;

	if (sc->writing)
		return write_nested(sc, fn, arg);
	if (!s)
		return fail(sc, ERR_INTERNAL, "a write without a database");
	db_let_go(sc);
	s->writes++;
	return s->driver->write(sc, fn, arg, later);
}

enum err db_write(struct scope *sc, db_write_fn *fn, void *arg)
{
	return write_any(sc, fn, arg, false);
}

enum err db_write_later(struct scope *sc, db_write_fn *fn, void *arg)
{
	return write_any(sc, fn, arg, true);
}

/* The facts FN adds are appended inside its savepoint, so that they go when it fails. */
static enum err try_body(struct scope *sc, db_write_fn *fn, void *arg)
{
	struct db_conn *c = sc->db;
	db_flush_fn *flush = c->store->config.flush;
	enum err e = fn(sc, arg);

	if (!e && c->doomed)
		e = fail(sc, ERR_INTERNAL, "a write went on although %s", c->doomed);
	if (!e && flush)
		e = flush(sc);
	return e;
}

enum err db_try(struct scope *sc, db_write_fn *fn, void *arg)
{
	struct db_conn *c = sc->db;
	struct event_list *outer = sc->events;
	const struct driver *d;
	enum err e;

	if (!sc->writing)
		return db_write(sc, fn, arg);
	if (c->doomed)
		return fail(sc, ERR_INTERNAL, "a write goes on although %s", c->doomed);
	d = c->store->driver;
	e = d->exec(sc, c, "SAVEPOINT attempt");
	if (e) {
		c->doomed = "a savepoint failed";
		return e;
	}
	sc->events = NULL;
	e = try_body(sc, fn, arg);
	sc->events = outer;
	if (!e)
		return d->exec(sc, c, "RELEASE SAVEPOINT attempt");
	/* A transaction that must be repeated, or is gone, cannot be saved by going back a step. */
	if (c->repeat || c->lost || !d->is_inside(c))
		return e;
	c->doomed = NULL;
	snprintf(c->tenant, sizeof c->tenant, "?");
	/* The reason stays FN's. */
	if (d->exec(sc, c, "ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt"))
		c->doomed = "going back to a savepoint failed";
	return e;
}

enum err db_snapshot(struct scope *sc, db_write_fn *fn, void *arg)
{
	struct store *s = sc->world->store;
	struct db_conn *c;
	enum err e;

	assert(!sc->writing);
	db_let_go(sc);
	e = pool_lease(sc, s, &c);
	if (e)
		return e;
	e = s->driver->exec(sc, c, s->driver->begin_snapshot);
	if (!e) {
		sc->db = c;
		e = fn(sc, arg);
		sc->db = NULL;
		c->doomed = NULL;
		if (s->driver->exec(sc, c, "ROLLBACK"))
			c->lost = true;
		snprintf(c->tenant, sizeof c->tenant, "?");
	}
	pool_return(c);
	return e;
}

/* ---- prepared statements of a connection ---- */

static struct statement **bucket(struct db_conn *c, const struct sql *q)
{
	return &c->statements[((uintptr_t)q >> 4) % STORE_BUCKETS];
}

struct statement *statement_find(struct db_conn *c, const struct sql *q)
{
	struct statement *st = *bucket(c, q);

	while (st && st->q != q)
		st = st->next;
	return st;
}

void statement_keep(struct db_conn *c, struct statement *st)
{
	struct statement **at = bucket(c, st->q);

	st->next = *at;
	*at = st;
}

void statement_drop_all(struct db_conn *c, void (*free_one)(struct statement *st))
{
	for (size_t i = 0; i < STORE_BUCKETS; i++)
		while (c->statements[i]) {
			struct statement *st = c->statements[i];

			c->statements[i] = st->next;
			free_one(st);
		}
}
