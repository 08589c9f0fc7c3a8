/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A held connection remembers what it read, and never longer than it is true. */
#include "kit.h"

#include "store/db.h"
#include "store/fake.h"
#include "store/migrate.h"

static const char text[] = "CREATE TABLE thing (tenant BIGINT NOT NULL, id BIGINT NOT NULL, "
			   "name TEXT, PRIMARY KEY (tenant, id));";
static const struct embedded schema[] = { { "0001-first.sql", (const unsigned char *)text,
	sizeof text - 1, "" } };

static const struct sql thing_add = { "memo_thing_add",
	"INSERT INTO thing (tenant, id, name) VALUES ($1, $2, $3)", SQL_TENANT };
static const struct sql thing_rename = { "memo_thing_rename",
	"UPDATE thing SET name = $3 WHERE tenant = $1 AND id = $2", SQL_TENANT };
static const struct sql thing_one = { "memo_thing_one",
	"SELECT id, name FROM thing WHERE tenant = $1 AND id = $2", SQL_TENANT };
static const struct sql thing_all = { "memo_thing_all",
	"SELECT id, name FROM thing WHERE tenant = $1 ORDER BY id", SQL_TENANT };

struct thing {
	int64_t id;
	const char *name;
};
SHAPE(thing_shape, struct thing, COL(struct thing, id), COL(struct thing, name));

struct change {
	const struct sql *q;
	int64_t id;
	const char *name;
};

static enum err change(struct scope *sc, void *arg)
{
	const struct change *c = arg;

	return db_run(sc, c->q, BIND(V(c->id), V(c->name)), NULL);
}

static void put(struct scope *sc, const struct sql *q, int64_t tenant, int64_t id, const char *name)
{
	struct scope own;

	scope_open_for(&own, sc, tenant);
	OK(db_write(&own, change, &(struct change){ q, id, name }));
	scope_close(&own);
}

/* In a scope of its own, which holds a connection: what a request would see. Calls of the database
   are counted into *CALLS. */
static const char *name_of(struct scope *sc, int64_t tenant, int64_t id, int64_t *calls)
{
	struct thing t = { 0, NULL };
	struct scope own;
	const char *name;
	enum err e;

	scope_open_for(&own, sc, tenant);
	fake_fail_at(sc->world->store, 0, ERR_NONE);
	OK(db_hold(&own));
	e = db_one(&own, &thing_one, BIND(V(id)), &thing_shape, &t);
	CHECK(e == ERR_NONE || e == ERR_MISSING);
	db_let_go(&own);
	*calls = fake_calls(sc->world->store);
	name = e ? "nobody" : arena_text(sc->mem, t.name);
	scope_close(&own);
	return name;
}

static void open_things(struct scope *sc, struct kit *kit)
{
	struct store_config c = { .url = "fake:", .readers = 2 };
	int applied;

	OK(store_open(sc, &c, &kit->world.store));
	OK(migrate_run(sc, schema, COUNT(schema), &applied));
	put(sc, &thing_add, 5, 1, "one");
}

TEST(a_held_connection_asks_the_database_once_until_somebody_commits)
{
	int64_t calls;

	open_things(sc, kit);
	CHECK_TEXT(name_of(sc, 5, 1, &calls), "one");
	CHECK_INT(calls, 1);
	CHECK_TEXT(name_of(sc, 5, 1, &calls), "one");
	CHECK_INT(calls, 0);
	put(sc, &thing_rename, 5, 1, "two");
	CHECK_TEXT(name_of(sc, 5, 1, &calls), "two");
	CHECK_INT(calls, 1);
}

TEST(what_a_page_reads_is_remembered_all_together)
{
	int64_t calls, sum = 0;

	open_things(sc, kit);
	for (int64_t id = 1; id <= 40; id++)
		name_of(sc, 5, id % 20, &calls);
	for (int64_t id = 1; id <= 20; id++) {
		name_of(sc, 5, id % 20, &calls);
		sum += calls;
	}
	CHECK_INT(sum, 0);
}

TEST(what_was_not_there_is_found_once_it_is)
{
	int64_t calls;

	open_things(sc, kit);
	CHECK_TEXT(name_of(sc, 5, 2, &calls), "nobody");
	CHECK_TEXT(name_of(sc, 5, 2, &calls), "nobody");
	CHECK_INT(calls, 0);
	put(sc, &thing_add, 5, 2, "new");
	CHECK_TEXT(name_of(sc, 5, 2, &calls), "new");
}

TEST(what_one_tenant_read_no_other_gets)
{
	int64_t calls;

	open_things(sc, kit);
	CHECK_TEXT(name_of(sc, 5, 1, &calls), "one");
	CHECK_TEXT(name_of(sc, 6, 1, &calls), "nobody");
	CHECK_INT(calls, 1);
}

TEST(a_write_lets_go_and_the_same_scope_reads_what_it_wrote)
{
	struct change c = { &thing_rename, 1, "mine" };
	struct thing t, *list;
	size_t n;

	open_things(sc, kit);
	sc->tenant = 5;
	OK(db_hold(sc));
	OK(db_list(sc, &thing_all, BIND_NONE, &thing_shape, &list, &n));
	OK(db_list(sc, &thing_all, BIND_NONE, &thing_shape, &list, &n));
	NEED(n == 1);
	OK(db_write(sc, change, &c));
	CHECK_TEXT(list[0].name, "one");
	OK(db_one(sc, &thing_one, BIND(V(c.id)), &thing_shape, &t));
	CHECK_TEXT(t.name, "mine");
	db_let_go(sc);
}

TEST(a_failed_statement_of_a_held_connection_dooms_nothing)
{
	struct thing t;

	open_things(sc, kit);
	sc->tenant = 5;
	OK(db_hold(sc));
	fake_fail_at(sc->world->store, 1, ERR_AWAY);
	CHECK_INT(db_one(sc, &thing_one, BIND(V(INT64_C(1))), &thing_shape, &t), ERR_AWAY);
	OK(db_one(sc, &thing_one, BIND(V(INT64_C(1))), &thing_shape, &t));
	CHECK_TEXT(t.name, "one");
	db_let_go(sc);
}
