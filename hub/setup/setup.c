/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "setup/setup.h"

#include "setup/setting.h"

/* ---- master key ---- */

#define CANARY "master.canary"

static enum err put_canary(struct scope *sc, void *arg)
{
	const struct seal_key *master = arg;
	struct bytes sealed, opened;
	const char *text;
	enum err e;

	seal(sc, master, CANARY, 0, 0, bytes_of("alive", 5), &sealed);
	e = setting_first(sc, CANARY, str_base64url(sc->mem, sealed.data, sealed.len), &text);
	if (e)
		return e;
	if (!str_unbase64url(sc->mem, text, 1000, &sealed) ||
		seal_open(sc, master, CANARY, 0, 0, sealed, &opened))
		return fail(sc, ERR_DENIED,
			"the master key is not the one this database was made with");
	return ERR_NONE;
}

enum err master_check(struct scope *sc, const struct seal_key *master)
{
	struct seal_key copy = *master;
	enum err e = db_write(sc, put_canary, &copy);

	seal_key_wipe(&copy);
	return e;
}

/* ---- plan clock ---- */

struct anchoring {
	int64_t rate; /* 0 keeps */
	struct clock clock;
};

static enum err read_number(struct scope *sc, const char *name, int64_t *n)
{
	const char *text;
	enum err e = setting_get(sc, name, &text);

	if (!e && text && !str_int(text, INT64_MIN, INT64_MAX, n))
		e = fail(sc, ERR_INTERNAL, "the setting %s is no number", name);
	return e;
}

static enum err write_number(struct scope *sc, const char *name, int64_t n)
{
	return setting_put(sc, name, arena_printf(sc->mem, "%lld", (long long)n));
}

static enum err write_anchor(struct scope *sc, const struct clock *c)
{
	enum err e = write_number(sc, "clock.anchor_real", c->anchor_real);

	if (!e)
		e = write_number(sc, "clock.anchor_plan", c->anchor_plan);
	return e ? e : write_number(sc, "clock.rate", c->rate);
}

static enum err anchor(struct scope *sc, void *arg)
{
	struct anchoring *a = arg;
	struct clock *c = &a->clock;
	int64_t now = clock_real(c).ms;
	enum err e;

	c->rate = 0;
	e = read_number(sc, "clock.rate", &c->rate);
	if (!e)
		e = read_number(sc, "clock.anchor_real", &c->anchor_real);
	if (!e)
		e = read_number(sc, "clock.anchor_plan", &c->anchor_plan);
	if (e || (c->rate && (!a->rate || a->rate == c->rate)))
		return e;
	c->anchor_plan = c->rate ? clock_plan(c).ms : now;
	c->anchor_real = now;
	c->rate = a->rate ? a->rate : 1;
	return write_anchor(sc, c);
}

enum err clock_setup(struct scope *sc, int64_t rate, struct clock *c)
{
	struct anchoring a = { rate, *c };
	enum err e = db_write(sc, anchor, &a);

	if (!e)
		*c = a.clock;
	return e;
}

/* ---- process numbers ---- */

#define PROCESS_NUMBERS 64

SQL(process_busy, SQL_ENGINE, "SELECT number FROM process WHERE until > $1");
SQL(process_take_sql, SQL_ENGINE,
	"INSERT INTO process (number, owner, until) VALUES ($1, $2, $3) "
	"ON CONFLICT (number) DO UPDATE SET owner = excluded.owner, until = excluded.until "
	"WHERE process.until <= $4");
SQL(process_keep_sql, SQL_ENGINE, "UPDATE process SET until = $3 WHERE number = $1 AND owner = $2");

struct number_row {
	int64_t number;
};
SHAPE(number_shape, struct number_row, COL(struct number_row, number));

struct taking {
	const char *owner;
	int64_t number;
	int64_t until;
};

static enum err take(struct scope *sc, void *arg)
{
	struct taking *t = arg;
	int64_t now = now_real(sc).ms, changed = 0;
	bool busy[PROCESS_NUMBERS] = { false };
	struct number_row *rows;
	size_t n;
	enum err e = db_list(sc, &process_busy, BIND(V(now)), &number_shape, &rows, &n);

	for (size_t i = 0; !e && i < n; i++)
		if (rows[i].number >= 0 && rows[i].number < PROCESS_NUMBERS)
			busy[rows[i].number] = true;
	for (int64_t i = 0; !e && i < PROCESS_NUMBERS; i++) {
		if (busy[i])
			continue;
		/* Somebody else may have been faster. */
		e = db_run(sc, &process_take_sql,
			BIND(V(i), V(t->owner), V(now + PROCESS_LEASE_MS), V(now)), &changed);
		t->number = i;
		if (!e && changed == 1)
			return ERR_NONE;
	}
	return e ? e : fail(sc, ERR_LIMIT, "all %d process numbers are taken", PROCESS_NUMBERS);
}

enum err process_take(struct scope *sc, const char *owner, int64_t *number)
{
	struct taking t = { .owner = owner };
	enum err e = db_write(sc, take, &t);

	if (!e)
		*number = t.number;
	return e;
}

static enum err keep(struct scope *sc, void *arg)
{
	const struct taking *t = arg;
	int64_t changed;
	enum err e = db_run(
		sc, &process_keep_sql, BIND(V(t->number), V(t->owner), V(t->until)), &changed);

	if (!e && changed != 1)
		e = fail(sc, ERR_CONFLICT, "another process took the number %lld",
			(long long)t->number);
	return e;
}

enum err process_keep(struct scope *sc, const char *owner, int64_t number)
{
	struct taking t = { owner, number, now_real(sc).ms + PROCESS_LEASE_MS };

	return db_write(sc, keep, &t);
}

enum err process_free(struct scope *sc, const char *owner, int64_t number)
{
	/* A moment later, so that nobody makes an id in the same millisecond. */
	struct taking t = { owner, number, now_real(sc).ms + 1 };

	return db_write(sc, keep, &t);
}
