/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* SQLite's log, and how it comes into the file. */
#include "kit.h"

#include <string.h>
#include <sys/stat.h>

#include "store/driver.h"
#include "store/migrate.h"

#define MEGABYTE (1 << 20)

static const char text[] = "CREATE TABLE large (id BIGINT NOT NULL PRIMARY KEY, data TEXT);";
static const struct embedded schema[] = { { "0001-first.sql", (const unsigned char *)text,
	sizeof text - 1, "" } };

static const struct sql large_add = { "log_large_add",
	"INSERT INTO large (id, data) VALUES ($1, $2)", SQL_ENGINE };

static enum err add(struct scope *sc, void *arg)
{
	char *data = arena_alloc(sc->mem, MEGABYTE);

	memset(data, 'x', MEGABYTE - 1);
	return db_run(sc, &large_add, BIND(V(*(const int64_t *)arg), V(data)), NULL);
}

static int64_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

TEST(a_long_log_is_carried_into_the_file_beside_the_writer)
{
	const char *path = arena_printf(sc->mem, "%s/log.db", kit_folder(sc));
	struct store_config c = { .url = arena_printf(sc->mem, "sqlite:%s", path), .readers = 1 };
	int64_t id;
	int applied;

	OK(store_open(sc, &c, &kit->world.store));
	OK(migrate_run(sc, schema, COUNT(schema), &applied));
	for (id = 0; id < 3; id++)
		OK(db_write(sc, add, &id));
	CHECK(size_of(path) < MEGABYTE);
	for (; id < 18; id++)
		OK(db_write(sc, add, &id));
	/* What was asked for is done before it stops. */
	checkpoint_stop(kit->world.store);
	CHECK(size_of(path) > 15 * MEGABYTE);
}
