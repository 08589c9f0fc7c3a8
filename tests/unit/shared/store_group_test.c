/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Two writes that share a transaction of SQLite's writer, with each of its calls failing in turn.
 */
#include "kit.h"

#include <pthread.h>

#include "store/db.h"
#include "store/fake.h"
#include "store/migrate.h"

static const char text[] = "CREATE TABLE thing (tenant BIGINT NOT NULL, id BIGINT NOT NULL, "
			   "PRIMARY KEY (tenant, id));";
static const struct embedded schema[] = { { "0001-first.sql", (const unsigned char *)text,
	sizeof text - 1, "" } };

static const struct sql thing_add = { "group_thing_add",
	"INSERT INTO thing (tenant, id) VALUES ($1, $2)", SQL_TENANT };
static const struct sql thing_count = { "group_thing_count",
	"SELECT count(*) FROM thing WHERE tenant = $1", SQL_TENANT };

struct adding {
	int64_t id;
	bool fails;
};

static enum err add_thing(struct scope *sc, void *arg)
{
	const struct adding *a = arg;
	enum err e = db_run(sc, &thing_add, BIND(V(a->id)), NULL);

	return !e && a->fails ? fail(sc, ERR_LIMIT, "no more") : e;
}

static int64_t count_things(struct scope *sc)
{
	int64_t n = -1;

	OK(db_int(sc, &thing_count, BIND_NONE, &n));
	return n;
}

struct pair {
	struct scope *sc;
	struct adding first, second;
	enum err second_err;
	pthread_t thread;
	bool slow; /* the group's time may have been over before the second came */
};

static void *write_second(void *arg)
{
	struct pair *p = arg;
	struct scope sc;

	scope_open_for(&sc, p->sc, 5);
	p->second_err = db_write(&sc, add_thing, &p->second);
	scope_close(&sc);
	return NULL;
}

/* Ends only when the second write stands in the queue, so that it joins the group. */
static enum err write_first(struct scope *sc, void *arg)
{
	struct pair *p = arg;
	struct store_stats stats = { .waiting = 0 };
	int64_t began = clock_mono();
	enum err e;

	if (pthread_create(&p->thread, NULL, write_second, p) != 0)
		return fail(sc, ERR_INTERNAL, "no thread");
	while (stats.waiting == 0)
		store_stats(sc->world->store, &stats);
	e = add_thing(sc, &p->first);
	p->slow = clock_mono() - began > 5;
	return e;
}

static int64_t fail_each_call_of_two(struct scope *sc, struct store *s, bool refused)
{
	for (int64_t n = 2, id = refused ? 10000 : 500;; n++, id += 2) {
		int64_t before = count_things(sc), calls;
		struct pair p = { .sc = sc,
			.first = { .id = id },
			.second = { .id = id + 1, .fails = refused } };
		enum err e;

		fake_fail_at(s, n, ERR_AWAY);
		e = db_write(sc, write_first, &p);
		pthread_join(p.thread, NULL);
		calls = fake_calls(s);
		fake_fail_at(s, 0, ERR_NONE);
		/* Each is told the truth about itself. */
		CHECK_INT(count_things(sc) - before, (e == ERR_NONE) + (p.second_err == ERR_NONE));
		if (p.slow)
			n--;
		else if (calls < n)
			return calls;
	}
}

TEST(of_two_writes_in_a_group_each_is_whole_or_nothing)
{
	struct store_config c = { .url = "fake:", .readers = 2 };
	int applied;

	OK(store_open(sc, &c, &kit->world.store));
	OK(migrate_run(sc, schema, COUNT(schema), &applied));
	sc->tenant = 5;
	/* begin, insert, savepoint, insert, release, commit */
	CHECK_INT(fail_each_call_of_two(sc, kit->world.store, false), 6);
	/* begin, insert, savepoint, insert, back to the savepoint, commit */
	CHECK_INT(fail_each_call_of_two(sc, kit->world.store, true), 6);
}
