/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Two hubs on one PostgreSQL, each with connections of its own: one stands still in the middle of
 * its transaction until the other has run into it. Rows decide, never who came first. On SQLite
 * there is one writer, and nothing of this can happen.
 */
#include <pthread.h>
#include <semaphore.h>

#include "base/rand.h"
#include "event/event.h"
#include "fleet/uplink.h"
#include "fleet_kit.h"
#include "send_kit.h"
#include "store/db.h"

#define EPOCH INT64_C(77)

/* Not for SQLite, so they are not in the list of what both prepare. */
static const struct sql waiting_sql = { "waiting_sql",
	"SELECT count(*) FROM pg_locks WHERE NOT granted", SQL_ENGINE };
SQL(two_hubs_credit, SQL_ENGINE,
	"UPDATE uplink SET epoch = $2, credit = $3, seen_at = $4 WHERE appliance = $1");
SQL(two_hubs_facts, SQL_TENANT,
	"SELECT count(*) FROM event WHERE tenant = $1 AND kind = 'test.even'");
SQL(two_hubs_subjects, SQL_TENANT,
	"SELECT count(DISTINCT subject) FROM event WHERE tenant = $1 AND kind = 'test.even'");

/* ---- a hub beside SC's own, and a place to stand still ---- */

struct side {
	struct hub hub;
	enum err (*run)(struct scope *sc, void *arg);
	void *arg;
	pthread_t thread;
	enum err result;
};

struct gate {
	sem_t inside, go;
};

static void gate_init(struct gate *g)
{
	sem_init(&g->inside, 0, 0);
	sem_init(&g->go, 0, 0);
}

static void stand_still(struct gate *g)
{
	sem_post(&g->inside);
	sem_wait(&g->go);
}

static void rest_a_little(void)
{
	unsigned char ms;

	rand_bytes(&ms, 1);
	nanosleep(&(struct timespec){ .tv_nsec = (ms % 8) * 1000000L }, NULL);
}

static enum err slow_flush(struct scope *sc)
{
	enum err e = event_flush(sc);

	rest_a_little();
	return e;
}

static void side_open(struct scope *sc, struct side *s, db_flush_fn *flush)
{
	struct store_config c = { .url = getenv("TEST_DB"), .readers = 2, .flush = flush };

	s->hub = *hub_of(sc);
	snprintf(s->hub.name, sizeof s->hub.name, "side-%p", (void *)s);
	OK(store_open(sc, &c, &s->hub.world.store));
}

static void *side_main(void *arg)
{
	struct side *s = arg;
	struct scope sc;

	scope_open(&sc, &s->hub.world, "test");
	sc.tenant = KIT_TENANT;
	s->result = s->run(&sc, s->arg);
	scope_close(&sc);
	return NULL;
}

static void side_start(struct side *s, enum err (*run)(struct scope *, void *), void *arg)
{
	s->run = run;
	s->arg = arg;
	NEED(pthread_create(&s->thread, NULL, side_main, s) == 0);
}

static enum err side_end(struct side *s)
{
	pthread_join(s->thread, NULL);
	return s->result;
}

/* Until somebody waits for a lock that somebody else holds. */
static void wait_for_lock(struct scope *sc)
{
	int64_t n = 0;

	for (int i = 0; i < 3000 && n == 0; i++) {
		OK(db_int(sc, &waiting_sql, BIND_NONE, &n));
		nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	}
	NEED(n > 0);
}

/* FIRST stands still inside, SECOND runs into it, FIRST goes on; both ends. */
static void collide(struct scope *sc, struct side *first, struct side *second, struct gate *g,
	enum err (*run)(struct scope *, void *), void *one, void *two)
{
	side_start(first, run, one);
	sem_wait(&g->inside);
	side_start(second, run, two);
	wait_for_lock(sc);
	sem_post(&g->go);
	side_end(first);
	side_end(second);
	store_close(first->hub.world.store);
	store_close(second->hub.world.store);
}

/* ---- batches of facts ---- */

struct arriving {
	struct gate *gate; /* NULL goes through */
	int64_t appliance, first, last, from, mark;
};

static enum err write_batch(struct scope *sc, void *arg)
{
	struct arriving *b = arg;
	enum err e = uplink_advance(sc, b->appliance, EPOCH, b->first, b->last, &b->from, &b->mark);

	if (e)
		return e;
	for (int64_t seq = b->from; seq <= b->last; seq++)
		event_add(sc, &(struct event){ .kind = "test.even", .subject = seq });
	if (b->gate)
		stand_still(b->gate);
	return ERR_NONE;
}

static enum err take_batch(struct scope *sc, void *arg)
{
	return db_write(sc, write_batch, arg);
}

static int64_t number(struct scope *sc, const struct sql *q)
{
	int64_t n = -1;

	OK(db_int(sc, q, BIND_NONE, &n));
	return n;
}

static int64_t start(struct scope *sc, struct kit *kit, struct side *one, struct side *two)
{
	int64_t id;

	fleet_kit_start(sc, kit);
	id = fleet_kit_enrolled(sc, "one");
	kit_run(sc, &two_hubs_credit, BIND(V(id), V(EPOCH), V(INT64_C(10)), V(now_real(sc).ms)));
	side_open(sc, one, event_flush);
	side_open(sc, two, event_flush);
	return id;
}

/* An older batch that was on its way twice comes to the second hub while the first stores a newer
   one: it must not bring the row back, or the next batch is stored a second time. */
TEST(two_hubs_with_two_batches_of_one_appliance_store_each_fact_once)
{
	struct arriving newer = { .first = 1, .last = 10 }, older = { .first = 1, .last = 5 };
	struct arriving next = { .first = 6, .last = 12 };
	struct side one, two;
	struct gate gate;

	if (!kit_on_postgres())
		return;
	gate_init(&gate);
	newer.gate = &gate;
	newer.appliance = older.appliance = next.appliance = start(sc, kit, &one, &two);
	collide(sc, &one, &two, &gate, take_batch, &newer, &older);
	OK(one.result);
	OK(two.result);
	CHECK_INT(newer.from, 1);
	CHECK(older.from > older.last);
	CHECK_INT(older.mark, 10);
	OK(take_batch(sc, &next));
	CHECK_INT(next.from, 11);
	CHECK_INT(number(sc, &two_hubs_facts), 12);
	CHECK_INT(number(sc, &two_hubs_subjects), 12);
}

/* ---- credit ---- */

struct spending {
	struct gate *gate;
	int64_t appliance, units;
};

static enum err write_spend(struct scope *sc, void *arg)
{
	const struct spending *s = arg;
	enum err e = uplink_spend(sc, s->appliance, s->units);

	if (!e && s->gate)
		stand_still(s->gate);
	return e;
}

static enum err lease_units(struct scope *sc, void *arg)
{
	return db_write(sc, write_spend, arg);
}

TEST(two_hubs_that_lease_at_once_stay_within_the_credit)
{
	struct spending first = { .units = 6 }, second = { .units = 6 };
	struct side one, two;
	struct gate gate;
	struct uplink u;

	if (!kit_on_postgres())
		return;
	gate_init(&gate);
	first.gate = &gate;
	first.appliance = second.appliance = start(sc, kit, &one, &two);
	collide(sc, &one, &two, &gate, lease_units, &first, &second);
	OK(one.result);
	CHECK_INT(two.result, ERR_LIMIT);
	OK(uplink_find(sc, first.appliance, &u));
	CHECK_INT(u.spent, 6);
}

/* ---- followers ---- */

static struct gate follow_gate;
static pthread_mutex_t follow_lock = PTHREAD_MUTEX_INITIALIZER;
static int follow_calls;

static enum err follow_slowly(struct scope *sc, const struct event_row *rows, size_t n)
{
	bool first;

	if (n == 0)
		return ERR_NONE;
	pthread_mutex_lock(&follow_lock);
	first = follow_calls++ == 0;
	pthread_mutex_unlock(&follow_lock);
	for (size_t i = 0; i < n; i++)
		tally_add(sc, "seen", 1, "facts", 1);
	if (first)
		stand_still(&follow_gate);
	return ERR_NONE;
}

static const char *const follow_kinds[] = { "test.even", NULL };

static enum err add_fact(struct scope *sc, void *arg)
{
	const int64_t *subject = arg;

	event_add(sc, &(struct event){ .kind = "test.even", .subject = *subject });
	return ERR_NONE;
}

TEST(two_hubs_with_the_same_batch_of_the_log_apply_it_once)
{
	static const struct follower list[] = { { "slow", follow_kinds, follow_slowly }, { 0 } };
	struct follow *first, *second;
	struct side one, two;
	struct tally_row *rows;
	int64_t subject = 1;
	size_t n;
	int done;

	if (!kit_on_postgres())
		return;
	follow_calls = 0;
	gate_init(&follow_gate);
	start(sc, kit, &one, &two);
	/* Facts of the beginning are passed, and the lease that this took runs out. */
	OK(follow_once(sc, &list[0], &done));
	kit->real_ms += MINUTE_MS;
	OK(follow_start(&one.hub, list, &first));
	OK(follow_start(&two.hub, list, &second));
	OK(db_write(sc, add_fact, &subject));
	/* Either may be the first; the other one runs into it. */
	sem_wait(&follow_gate.inside);
	follow_poke(first);
	follow_poke(second);
	wait_for_lock(sc);
	sem_post(&follow_gate.go);
	follow_stop(first);
	follow_stop(second);
	OK(tally_list(sc, "seen", 1, &rows, &n));
	CHECK_INT(tally_of(rows, n, "facts"), 1);
	store_close(one.hub.world.store);
	store_close(two.hub.world.store);
}

/* ---- a log that is read while it is written ---- */

#define WRITERS 6
#define WRITES  50

struct writing {
	int64_t subject;
};

SQL(two_hubs_row, SQL_DIRECTORY, "INSERT INTO setting (name, value) VALUES ($1, '')");

/* As any write: a row first, a while of work, and its fact. */
static enum err work_and_add(struct scope *sc, void *arg)
{
	const int64_t *subject = arg;
	enum err e = db_run(sc, &two_hubs_row,
		BIND(V((const char *)arena_printf(sc->mem, "%lld", (long long)*subject))), NULL);

	rest_a_little();
	return e ? e : add_fact(sc, arg);
}

static enum err write_often(struct scope *sc, void *arg)
{
	const struct writing *w = arg;
	enum err e = ERR_NONE;

	for (int64_t i = 0; i < WRITES && !e; i++) {
		int64_t subject = w->subject + i;

		e = db_write(sc, work_and_add, &subject);
	}
	return e;
}

static enum err remember(struct scope *sc, const struct event_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].kind, "test.even"))
			tally_add(sc, "seen", rows[i].subject, "facts", 1);
	return ERR_NONE;
}

SQL(two_hubs_seen, SQL_TENANT,
	"SELECT COALESCE(SUM(n), 0) FROM tally WHERE tenant = $1 AND dim = 'seen'");
SQL(two_hubs_seen_keys, SQL_TENANT,
	"SELECT count(*) FROM tally WHERE tenant = $1 AND dim = 'seen' AND n = 1");

static int64_t wait_for_all(struct scope *sc, int64_t all)
{
	int64_t n = 0;

	for (int i = 0; i < 500 && n < all; i++) {
		n = number(sc, &two_hubs_seen);
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	return n;
}

TEST(a_follower_beside_many_writers_with_random_commits_misses_nothing)
{
	static const struct follower list[] = { { "remember", NULL, remember }, { 0 } };
	struct side writers[WRITERS], reader;
	struct writing w[WRITERS];
	struct follow *follow;

	if (!kit_on_postgres())
		return;
	fleet_kit_start(sc, kit);
	side_open(sc, &reader, event_flush);
	OK(follow_start(&reader.hub, list, &follow));
	for (int i = 0; i < WRITERS; i++) {
		side_open(sc, &writers[i], slow_flush);
		w[i].subject = (i + 1) * INT64_C(1000);
		side_start(&writers[i], write_often, &w[i]);
	}
	for (int i = 0; i < WRITERS; i++) {
		/* It reads on while they commit. */
		follow_poke(follow);
		CHECK_INT(side_end(&writers[i]), ERR_NONE);
		store_close(writers[i].hub.world.store);
	}
	follow_poke(follow);
	CHECK_INT(wait_for_all(sc, WRITERS * WRITES), WRITERS * WRITES);
	CHECK_INT(number(sc, &two_hubs_seen_keys), WRITERS * WRITES);
	follow_stop(follow);
	store_close(reader.hub.world.store);
}
