/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* With TEST_DB_PLAIN=postgresql://… the same tests run there, as an owner who makes the tables. */
#include "kit.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/id.h"
#include "store/db.h"
#include "store/driver.h"
#include "store/fake.h"
#include "store/migrate.h"

static const char first_text[] =
	"CREATE TABLE thing (tenant BIGINT NOT NULL, id BIGINT NOT NULL, n BIGINT, text TEXT, "
	"data @BYTES@, PRIMARY KEY (tenant, id), CHECK (n < 1000000));\n"
	"CREATE TABLE tool (id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE);\n"
	"-- @postgres\nINSERT INTO tool VALUES (1, 'postgres');\n-- @end\n"
	"-- @sqlite\nINSERT INTO tool VALUES (1, 'sqlite');\n-- @end\n"
	"CREATE TABLE queue ( -- @engine\n tenant BIGINT NOT NULL PRIMARY KEY, due BIGINT);\n";
#define FILE_OF(name, text)                                                                        \
	{                                                                                          \
		name, (const unsigned char *)(text), sizeof(text) - 1, ""                          \
	}
static const struct embedded schema[] = { FILE_OF("0001-first.sql", first_text) };

/* Unlisted: the list that tests prepare is about the product's tables. */
#define STATEMENT(var, kind_, text_) static const struct sql var = { #var, text_, kind_ }
STATEMENT(thing_add, SQL_TENANT,
	"INSERT INTO thing (tenant, id, n, text, data) VALUES ($1, $2, $3, $4, $5)");
STATEMENT(
	thing_one, SQL_TENANT, "SELECT id, n, text, data FROM thing WHERE tenant = $1 AND id = $2");
STATEMENT(thing_list, SQL_TENANT,
	"SELECT id, n, text, data FROM thing WHERE tenant = $1 ORDER BY id");
STATEMENT(thing_count, SQL_TENANT, "SELECT count(*) FROM thing WHERE tenant = $1");
STATEMENT(thing_up, SQL_TENANT, "UPDATE thing SET n = n + 1 WHERE tenant = $1 AND id = $2");
STATEMENT(thing_up_return, SQL_TENANT,
	"UPDATE thing SET n = n + $3 WHERE tenant = $1 AND id = $2 RETURNING n");
STATEMENT(thing_total, SQL_SYSTEM, "SELECT count(*) FROM thing");
STATEMENT(thing_sum, SQL_TENANT, "SELECT sum(n) FROM thing WHERE tenant = $1");
STATEMENT(thing_forgets, SQL_TENANT,
	"SELECT count(*) FROM thing WHERE CAST($1 AS BIGINT) = CAST($1 AS BIGINT)");
STATEMENT(thing_lies, SQL_ENGINE, "SELECT count(*) FROM thing");
STATEMENT(tool_name, SQL_ENGINE, "SELECT name FROM tool WHERE id = $1");
STATEMENT(tool_add, SQL_ENGINE, "INSERT INTO tool (id, name) VALUES ($1, $2)");
STATEMENT(queue_count, SQL_ENGINE, "SELECT count(*) FROM queue");
STATEMENT(drops, SQL_ENGINE, "DROP TABLE tool");

struct thing {
	int64_t id;
	int n;
	const char *text;
	struct bytes data;
};
SHAPE(thing_shape, struct thing, COL(struct thing, id), COL(struct thing, n),
	COL(struct thing, text), COL(struct thing, data));

struct wrong {
	int64_t id, other;
	const char *text;
	struct bytes data;
};
SHAPE(wrong_shape, struct wrong, COL(struct wrong, id), COL(struct wrong, other),
	COL(struct wrong, text), COL(struct wrong, data));

static bool on_postgres(void)
{
	return getenv("TEST_DB_PLAIN") != NULL;
}

static int flushes;

static enum err count_flush(struct scope *sc)
{
	CHECK(sc->writing);
	flushes++;
	return ERR_NONE;
}

static void open_url(struct scope *sc, struct kit *kit, const char *url)
{
	struct store_config c = { .url = url, .readers = 2, .flush = count_flush };

	OK(store_open(sc, &c, &kit->world.store));
}

static const char *fresh_url(struct scope *sc)
{
	return on_postgres() ? getenv("TEST_DB_PLAIN")
			     : arena_printf(sc->mem, "sqlite:%s/t.db", kit_folder(sc));
}

static enum err drop_all(struct scope *sc, void *arg)
{
	static const struct sql drop = { "drop",
		"DROP TABLE IF EXISTS thing, tool, queue, migration", SQL_ENGINE };

	(void)arg;
	return db_run(sc, &drop, BIND_NONE, NULL);
}

static void open_empty(struct scope *sc, struct kit *kit)
{
	open_url(sc, kit, fresh_url(sc));
	if (on_postgres())
		OK(db_write(sc, drop_all, NULL));
}

static void open_store(struct scope *sc, struct kit *kit)
{
	int applied;

	open_empty(sc, kit);
	OK(migrate_run(sc, schema, COUNT(schema), &applied));
	CHECK_INT(applied, 1);
	sc->tenant = 5;
	flushes = 0;
}

struct adding {
	int64_t id;
	int n;
	bool fails, conflicts;
};

static enum err add_thing(struct scope *sc, void *arg)
{
	const struct adding *a = arg;
	enum err e = db_run(
		sc, &thing_add, BIND(V(a->id), V(a->n), V("text"), V(bytes_of("\0x", 2))), NULL);

	if (!e && a->conflicts)
		e = db_run(sc, &thing_add, BIND(V(a->id), V(a->n), V_NULL, V_NULL), NULL);
	if (!e && a->fails)
		e = fail(sc, ERR_LIMIT, "no more");
	return e;
}

static int64_t count_things(struct scope *sc)
{
	int64_t n = -1;

	OK(db_int(sc, &thing_count, BIND_NONE, &n));
	return n;
}

TEST(every_type_of_column_is_read_as_it_was_written)
{
	struct adding a = { .id = INT64_MAX, .n = -3 };
	struct thing t;

	open_store(sc, kit);
	OK(db_write(sc, add_thing, &a));
	OK(db_one(sc, &thing_one, BIND(V(a.id)), &thing_shape, &t));
	CHECK_INT(t.id, INT64_MAX);
	CHECK_INT(t.n, -3);
	CHECK_TEXT(t.text, "text");
	CHECK_INT((int64_t)t.data.len, 2);
	CHECK(memcmp(t.data.data, "\0x", 2) == 0);
	CHECK_INT(flushes, 1);
}

static enum err add_empty(struct scope *sc, void *arg)
{
	enum err e = db_run(sc, &thing_add, BIND(V(INT64_C(1)), V_NULL, V_NULL, V_REF(0)), NULL);

	return e ? e
		 : db_run(sc, &thing_add,
			   BIND(V(INT64_C(2)), V(0), V("\xc3\xa4'\n"), V(bytes_of("", 0))), NULL);
}

TEST(null_reads_as_nothing_and_empty_as_empty)
{
	struct thing *rows;
	size_t n;

	open_store(sc, kit);
	OK(db_write(sc, add_empty, NULL));
	OK(db_list(sc, &thing_list, BIND_NONE, &thing_shape, &rows, &n));
	NEED(n == 2);
	CHECK(rows[0].n == 0 && !rows[0].text && !rows[0].data.data);
	CHECK_TEXT(rows[1].text, "\xc3\xa4'\n");
	CHECK(rows[1].data.data && rows[1].data.len == 0);
}

TEST(nothing_found_is_missing_and_an_empty_list_is_none)
{
	struct thing t = { .n = 9 }, *rows = &t;
	size_t n = 1;

	open_store(sc, kit);
	CHECK_INT(db_one(sc, &thing_one, BIND(V(1)), &thing_shape, &t), ERR_MISSING);
	CHECK_INT(t.n, 9);
	CHECK(sc->tell == NULL);
	OK(db_list(sc, &thing_list, BIND_NONE, &thing_shape, &rows, &n));
	CHECK(rows == NULL && n == 0);
}

TEST(a_tenant_sees_its_own_rows_only)
{
	struct adding a = { .id = 1 };
	int64_t n;

	open_store(sc, kit);
	OK(db_write(sc, add_thing, &a));
	sc->tenant = 6;
	CHECK_INT(count_things(sc), 0);
	CHECK_INT(db_int(sc, &thing_total, BIND_NONE, &n), ERR_INTERNAL);
	scope_system(sc);
	OK(db_int(sc, &thing_total, BIND_NONE, &n));
	CHECK_INT(n, 1);
	sc->tenant = 0;
	CHECK_INT(db_int(sc, &thing_count, BIND_NONE, &n), ERR_INTERNAL);
}

TEST(a_statement_that_hides_its_tenant_table_gets_nothing)
{
	struct adding a = { .id = 1 };
	int64_t n = 0;

	open_store(sc, kit);
	OK(db_write(sc, add_thing, &a));
	sc->tenant = 0;
	if (on_postgres()) {
		OK(db_int(sc, &thing_lies, BIND_NONE, &n));
		sc->tenant = 6;
		OK(db_int(sc, &thing_forgets, BIND_NONE, &n));
	} else {
		CHECK_INT(db_int(sc, &thing_lies, BIND_NONE, &n), ERR_INTERNAL);
	}
	CHECK_INT(n, 0);
	/* The engine's table has a tenant in its key, and is not guarded. */
	sc->tenant = 0;
	OK(db_int(sc, &queue_count, BIND_NONE, &n));
}

static enum err run_drop(struct scope *sc, void *arg)
{
	return db_run(sc, &drops, BIND_NONE, NULL);
}

TEST(statements_only_read_and_change_rows)
{
	open_store(sc, kit);
	if (!on_postgres())
		CHECK_INT(db_write(sc, run_drop, NULL), ERR_INTERNAL);
	CHECK_INT(db_run(sc, &tool_add, BIND(V(3), V("x")), NULL), ERR_INTERNAL);
}

TEST(a_struct_that_disagrees_with_its_statement_is_refused)
{
	struct adding a = { .id = 1 };
	struct wrong w;
	int64_t n;

	open_store(sc, kit);
	OK(db_write(sc, add_thing, &a));
	CHECK_INT(db_one(sc, &thing_one, BIND(V(1)), &wrong_shape, &w), ERR_INTERNAL);
	CHECK_INT(db_int(sc, &thing_one, BIND(V(1), V(2)), &n), ERR_INTERNAL);
	CHECK_INT(db_int(sc, &tool_name, BIND(V(1)), &n), ERR_INTERNAL);
}

TEST(a_write_that_fails_changes_nothing)
{
	struct adding fails = { .id = 1, .fails = true }, conflict = { .id = 2, .conflicts = true };
	struct adding good = { .id = 3 }, large = { .id = 4, .n = 1000000 };

	open_store(sc, kit);
	CHECK_INT(db_write(sc, add_thing, &fails), ERR_LIMIT);
	CHECK_INT(db_write(sc, add_thing, &conflict), ERR_CONFLICT);
	CHECK_INT(db_write(sc, add_thing, &large), ERR_CONFLICT);
	CHECK(!sc->writing && !sc->db);
	CHECK_INT(flushes, 0);
	OK(db_write(sc, add_thing, &good));
	CHECK_INT(count_things(sc), 1);
}

static enum err swallow_conflict(struct scope *sc, void *arg)
{
	struct adding a = { .id = 1, .conflicts = true };
	int64_t n;

	CHECK_INT(add_thing(sc, &a), ERR_CONFLICT);
	CHECK_INT(db_int(sc, &thing_count, BIND_NONE, &n), ERR_INTERNAL);
	return ERR_NONE;
}

TEST(a_failed_statement_dooms_its_write)
{
	open_store(sc, kit);
	CHECK_INT(db_write(sc, swallow_conflict, NULL), ERR_INTERNAL);
	CHECK_INT(count_things(sc), 0);
}

static enum err nest(struct scope *sc, void *arg)
{
	struct adding good = { .id = 1 }, bad = { .id = 2, .fails = true };
	enum err e = db_write(sc, add_thing, &good);

	if (e)
		return e;
	CHECK_INT(db_write(sc, add_thing, &bad), ERR_LIMIT);
	return ERR_NONE;
}

TEST(a_nested_write_that_failed_half_way_dooms_the_whole)
{
	open_store(sc, kit);
	CHECK_INT(db_write(sc, nest, NULL), ERR_INTERNAL);
	CHECK_INT(count_things(sc), 0);
}

static enum err attempt(struct scope *sc, void *arg)
{
	struct adding good = { .id = 1 }, bad = { .id = 2, .fails = true };
	struct adding conflict = { .id = 3, .conflicts = true }, last = { .id = 4 };
	enum err e = db_try(sc, add_thing, &good);

	CHECK_INT(db_try(sc, add_thing, &bad), ERR_LIMIT);
	CHECK_INT(db_try(sc, add_thing, &conflict), ERR_CONFLICT);
	return e ? e : db_write(sc, add_thing, &last);
}

TEST(an_attempt_that_fails_takes_back_only_itself)
{
	open_store(sc, kit);
	OK(db_write(sc, attempt, NULL));
	CHECK_INT(count_things(sc), 2);
}

static enum err switch_tenants(struct scope *sc, void *arg)
{
	struct adding a = { .id = 1 };
	enum err e = ERR_NONE;

	for (int64_t tenant = 5; !e && tenant < 8; tenant++) {
		sc->tenant = tenant;
		e = add_thing(sc, &a);
		CHECK_INT(count_things(sc), 1);
	}
	return e;
}

TEST(a_write_may_go_from_tenant_to_tenant)
{
	open_store(sc, kit);
	OK(db_write(sc, switch_tenants, NULL));
	CHECK_INT(count_things(sc), 1);
}

static enum err change(struct scope *sc, void *arg)
{
	int64_t n = -1, changed = -1;
	struct adding a = { .id = 1, .n = 5 };
	enum err e = add_thing(sc, &a);

	if (!e)
		e = db_run(sc, &thing_up, BIND(V(1)), &changed);
	CHECK_INT(changed, 1);
	if (!e)
		e = db_run(sc, &thing_up, BIND(V(2)), &changed);
	CHECK_INT(changed, 0);
	if (!e)
		e = db_int(sc, &thing_up_return, BIND(V(1), V(10)), &n);
	CHECK_INT(n, 16);
	return e;
}

TEST(changed_rows_are_counted_and_returned)
{
	int64_t sum;

	open_store(sc, kit);
	OK(db_write(sc, change, NULL));
	OK(db_int(sc, &thing_sum, BIND_NONE, &sum));
	CHECK_INT(sum, 16);
}

static enum err add_many(struct scope *sc, void *arg)
{
	enum err e = ERR_NONE;

	for (int64_t i = 1; !e && i <= 500; i++)
		e = db_run(sc, &thing_add, BIND(V(i), V(i), V("many"), V_NULL), NULL);
	return e;
}

static enum err stop_at_ten(struct scope *sc, void *arg, const void *row)
{
	int *seen = arg;

	CHECK_TEXT(((const struct thing *)row)->text, "many");
	return ++*seen == 10 ? ERR_LIMIT : ERR_NONE;
}

static enum err see(struct scope *sc, void *arg, const void *row)
{
	++*(int *)arg;
	return ERR_NONE;
}

TEST(a_walk_over_rows_ends_where_it_is_told)
{
	int seen = 0;

	open_store(sc, kit);
	OK(db_write_later(sc, add_many, NULL));
	CHECK_INT(db_each(sc, &thing_list, BIND_NONE, &thing_shape, stop_at_ten, &seen), ERR_LIMIT);
	CHECK_INT(seen, 10);
	seen = 0;
	OK(db_each(sc, &thing_list, BIND_NONE, &thing_shape, see, &seen));
	CHECK_INT(seen, 500);
}

/* ---- groups ---- */

struct worker {
	const struct world *world;
	int64_t first;
	int wrong;
};

static void *write_hundred(void *arg)
{
	struct worker *w = arg;

	for (int64_t i = 0; i < 100; i++) {
		struct adding a = { .id = w->first + i, .conflicts = i % 10 == 3 };
		struct scope sc;
		enum err e;

		scope_open(&sc, w->world, "test");
		sc.tenant = 5;
		e = i % 2 ? db_write(&sc, add_thing, &a) : db_write_later(&sc, add_thing, &a);
		w->wrong += e != (a.conflicts ? ERR_CONFLICT : ERR_NONE);
		scope_close(&sc);
	}
	return NULL;
}

TEST(writes_of_many_threads_share_commits_and_fail_alone)
{
	struct worker workers[8];
	pthread_t threads[8];
	struct store_stats stats;

	open_store(sc, kit);
	for (int i = 0; i < 8; i++) {
		workers[i] = (struct worker){ &kit->world, i * 1000, 0 };
		pthread_create(&threads[i], NULL, write_hundred, &workers[i]);
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(threads[i], NULL);
		CHECK_INT(workers[i].wrong, 0);
	}
	CHECK_INT(count_things(sc), 8 * 90);
	store_stats(kit->world.store, &stats);
	if (!on_postgres())
		CHECK(stats.commits < stats.writes);
	CHECK_INT(stats.waiting, 0);
}

static enum err write_elsewhere(struct scope *sc, void *arg)
{
	struct adding a = { .id = 1 };
	struct scope other;
	enum err e;

	scope_open_for(&other, sc, 5);
	e = db_write(&other, add_thing, &a);
	scope_close(&other);
	return e;
}

TEST(a_second_scope_cannot_write_inside_a_write)
{
	open_store(sc, kit);
	if (!on_postgres())
		CHECK_INT(db_write(sc, write_elsewhere, NULL), ERR_INTERNAL);
}

/* ---- failures ---- */

/* Walks the failing call through one write and returns how many calls a write makes. */
static int64_t fail_each_call(struct scope *sc, struct store *s, bool refused)
{
	for (int64_t n = 1;; n++) {
		struct adding a = { .id = refused ? 100 + n : n, .fails = refused };
		int64_t before = count_things(sc), calls;
		enum err e;

		fake_fail_at(s, n, ERR_AWAY);
		e = db_write(sc, add_thing, &a);
		calls = fake_calls(s);
		fake_fail_at(s, 0, ERR_NONE);
		if (calls < n)
			return calls;
		CHECK(e == ERR_AWAY || (refused && e == ERR_LIMIT));
		CHECK_INT(count_things(sc), before);
	}
}

TEST(whatever_call_fails_the_write_is_whole_or_nothing)
{
	int applied;

	if (on_postgres())
		return;
	open_url(sc, kit, "fake:");
	OK(migrate_run(sc, schema, COUNT(schema), &applied));
	sc->tenant = 5;
	/* begin, insert, commit */
	CHECK_INT(fail_each_call(sc, kit->world.store, false), 3);
	/* begin, insert, rollback; and that once more where it failed before */
	CHECK_INT(fail_each_call(sc, kit->world.store, true), 4);
	CHECK_INT(count_things(sc), 1);
}

/* ---- a disk that is full ---- */

static enum err limit_pages(struct scope *sc, void *arg)
{
	return sc->world->store->driver->exec(sc, sc->db, arg);
}

static enum err add_large(struct scope *sc, void *arg)
{
	static char megabyte[1 << 20];
	const int64_t *id = arg;

	memset(megabyte, 'x', sizeof megabyte - 1);
	return db_run(sc, &thing_add, BIND(V(*id), V(1), V(megabyte), V_NULL), NULL);
}

TEST(a_full_database_is_away_and_serves_again_when_there_is_room)
{
	int64_t id = 1;
	struct adding small = { .id = 2 };

	if (on_postgres())
		return;
	open_store(sc, kit);
	OK(db_write(sc, limit_pages, (void *)(uintptr_t) "PRAGMA max_page_count = 30"));
	CHECK_INT(db_write(sc, add_large, &id), ERR_AWAY);
	/* What is there can be read, and what fits still goes in. */
	CHECK_INT(count_things(sc), 0);
	OK(db_write(sc, add_thing, &small));
	OK(db_write(sc, limit_pages, (void *)(uintptr_t) "PRAGMA max_page_count = 1000000"));
	OK(db_write(sc, add_large, &id));
	CHECK_INT(count_things(sc), 2);
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	NEED(getrlimit(RLIMIT_FSIZE, &limit) == 0);
	limit.rlim_cur = bytes ? bytes : limit.rlim_max;
	NEED(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

TEST(a_disk_that_refuses_to_write_loses_nothing_that_was_promised)
{
	int64_t id = 0, refused = 0, kept = 0;
	enum err e;

	if (on_postgres())
		return;
	signal(SIGXFSZ, SIG_IGN);
	open_store(sc, kit);
	limit_files(4 << 20);
	for (id = 1; id <= 8; id++) {
		e = db_write(sc, add_large, &id);
		CHECK(e == ERR_NONE || e == ERR_AWAY);
		refused += e == ERR_AWAY;
		kept += e == ERR_NONE;
	}
	CHECK(refused > 0 && kept > 0);
	CHECK_INT(count_things(sc), kept);
	limit_files(0);
	OK(db_write(sc, add_large, &id));
	CHECK_INT(count_things(sc), kept + 1);
}

TEST(a_database_that_cannot_be_opened_is_away_and_a_bad_url_refused)
{
	struct store_config c = { .url = "sqlite:/nonexistent/folder/file.db", .readers = 1 };

	CHECK_INT(store_open(sc, &c, &kit->world.store), ERR_AWAY);
	c.url = "postgresql://nobody@127.0.0.1:1/none";
	CHECK_INT(store_open(sc, &c, &kit->world.store), ERR_AWAY);
	c.url = "oracle:";
	CHECK_INT(store_open(sc, &c, &kit->world.store), ERR_INPUT);
	CHECK(kit->world.store == NULL);
}
