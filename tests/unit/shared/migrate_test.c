/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "kit.h"

#include "store/db.h"
#include "store/migrate.h"

static const char first_text[] =
	"CREATE TABLE thing (tenant BIGINT NOT NULL, id BIGINT NOT NULL, data @BYTES@, "
	"PRIMARY KEY (tenant, id));\n"
	"CREATE TABLE tool (id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL);\n"
	"-- @postgres\nINSERT INTO tool VALUES (1, 'postgres');\n-- @end\n"
	"-- @sqlite\nINSERT INTO tool VALUES (1, 'sqlite');\n-- @end\n";
static const char second_text[] = "ALTER TABLE thing ADD COLUMN extra BIGINT NOT NULL DEFAULT 7;\n";
static const char broken_text[] = "ALTER TABLE thing ADD COLUMN more BIGINT;\nCREATE NONSENSE;\n";

#define FILE_OF(name, text)                                                                        \
	{                                                                                          \
		name, (const unsigned char *)(text), sizeof(text) - 1, ""                          \
	}
static const struct embedded schema[] = { FILE_OF("0001-first.sql", first_text) };
static const struct embedded grown[] = { FILE_OF("0001-first.sql", first_text),
	FILE_OF("0002-extra.sql", second_text) };
static const struct embedded edited[] = { FILE_OF("0001-first.sql", second_text) };
static const struct embedded broken[] = { FILE_OF("0001-first.sql", first_text),
	FILE_OF("0002-broken.sql", broken_text) };

#define STATEMENT(var, kind_, text_) static const struct sql var = { #var, text_, kind_ }
STATEMENT(thing_add, SQL_TENANT, "INSERT INTO thing (tenant, id, data) VALUES ($1, $2, $3)");
STATEMENT(thing_extra, SQL_TENANT, "SELECT extra FROM thing WHERE tenant = $1 AND id = $2");
STATEMENT(tool_name, SQL_ENGINE, "SELECT name FROM tool WHERE id = $1");
STATEMENT(drop, SQL_ENGINE, "DROP TABLE IF EXISTS thing, tool, queue, migration");

static bool on_postgres(void)
{
	return getenv("TEST_DB_PLAIN") != NULL;
}

static enum err drop_all(struct scope *sc, void *arg)
{
	(void)arg;
	return db_run(sc, &drop, BIND_NONE, NULL);
}

static void open_empty(struct scope *sc, struct kit *kit)
{
	const char *url = on_postgres() ? getenv("TEST_DB_PLAIN")
					: arena_printf(sc->mem, "sqlite:%s/m.db", kit_folder(sc));
	struct store_config c = { .url = url, .readers = 2 };

	OK(store_open(sc, &c, &kit->world.store));
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
}

static enum err add_thing(struct scope *sc, void *arg)
{
	(void)arg;
	return db_run(sc, &thing_add, BIND(V(1), V(bytes_of("x", 1))), NULL);
}

TEST(a_database_grows_with_its_data_and_once_only)
{
	int64_t extra;
	int applied;

	open_store(sc, kit);
	OK(db_write(sc, add_thing, NULL));
	CHECK_INT(migrate_check(sc, grown, COUNT(grown)), ERR_CONFLICT);
	OK(migrate_run(sc, grown, COUNT(grown), &applied));
	CHECK_INT(applied, 1);
	OK(db_int(sc, &thing_extra, BIND(V(1)), &extra));
	CHECK_INT(extra, 7);
	OK(migrate_run(sc, grown, COUNT(grown), &applied));
	CHECK_INT(applied, 0);
	OK(migrate_check(sc, grown, COUNT(grown)));
}

TEST(an_edited_migration_and_a_newer_database_are_refused)
{
	int applied = 0;

	open_store(sc, kit);
	CHECK_INT(migrate_run(sc, edited, COUNT(edited), &applied), ERR_CONFLICT);
	CHECK_INT(migrate_check(sc, edited, COUNT(edited)), ERR_CONFLICT);
	OK(migrate_run(sc, grown, COUNT(grown), &applied));
	CHECK_INT(migrate_run(sc, schema, COUNT(schema), &applied), ERR_CONFLICT);
	CHECK_INT(migrate_check(sc, schema, COUNT(schema)), ERR_CONFLICT);
}

TEST(a_broken_migration_leaves_the_version_before_it)
{
	int applied = 0;

	open_store(sc, kit);
	CHECK(migrate_run(sc, broken, COUNT(broken), &applied) != ERR_NONE);
	OK(migrate_check(sc, schema, COUNT(schema)));
	OK(migrate_run(sc, grown, COUNT(grown), &applied));
}

TEST(an_empty_database_is_told_to_migrate)
{
	open_empty(sc, kit);
	CHECK_INT(migrate_check(sc, schema, COUNT(schema)), ERR_CONFLICT);
	CHECK(strstr(sc->why, "migrate") != NULL);
}

TEST(blocks_for_one_database_stay_out_of_the_other)
{
	const char *name;

	open_store(sc, kit);
	OK(db_text(sc, &tool_name, BIND(V(1)), &name));
	CHECK_TEXT(name, on_postgres() ? "postgres" : "sqlite");
}
