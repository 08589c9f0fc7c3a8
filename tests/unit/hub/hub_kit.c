/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "hub_kit.h"

#include <stdlib.h>

#include "base/file.h"
#include "event/event.h"
#include "schema/schema.h"
#include "store/migrate.h"

static const struct sql kit_tenant_sql = { "kit_tenant_sql",
	"INSERT INTO tenant (tenant, name, standing, slot, created) "
	"VALUES ($1, 'Test', 'active', 0, 0)",
	SQL_TENANT };

static enum err add_tenant(struct scope *sc, void *arg)
{
	(void)arg;
	return db_run(sc, &kit_tenant_sql, BIND_NONE, NULL);
}

void kit_tenant_add(struct scope *sc, int64_t tenant)
{
	int64_t own = sc->tenant;

	sc->tenant = tenant;
	OK(db_write(sc, add_tenant, NULL));
	sc->tenant = own;
}

/* Tenants differ, versions differ, and nobody needs a row. */
static enum err kit_tenant_key(struct scope *sc, uint32_t version, struct seal_key *k)
{
	memset(k, 0, sizeof *k);
	k->version = version ? version : 1;
	memcpy(k->bytes, &sc->tenant, sizeof sc->tenant);
	k->bytes[31] = (unsigned char)k->version;
	return ERR_NONE;
}

static enum err make_schema(struct scope *sc, void *arg)
{
	static const struct sql drop = { "drop", "DROP SCHEMA IF EXISTS public, kit CASCADE",
		SQL_ENGINE };
	static const struct sql create = { "create", "CREATE SCHEMA public", SQL_ENGINE };
	enum err e = db_run(sc, &drop, BIND_NONE, NULL);

	(void)arg;
	return e ? e : db_run(sc, &create, BIND_NONE, NULL);
}

void kit_empty(struct scope *sc)
{
	OK(db_write(sc, make_schema, NULL));
}

/* ---- PostgreSQL: tables are made once, and every test finds them as they were then ---- */

/* Schema kit holds the rows that the migrations themselves wrote. */
static const struct sql keep_rows = { "keep_rows",
	"DO $$ DECLARE t TEXT; BEGIN CREATE SCHEMA kit; "
	"FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
	"AND relkind = 'r' AND pg_relation_size(oid) > 0 LOOP "
	"EXECUTE format('CREATE TABLE kit.%I AS TABLE public.%I', t, t); END LOOP; END $$",
	SQL_ENGINE };
static const struct sql has_kept = { "has_kept",
	"SELECT count(*) FROM pg_tables WHERE schemaname = 'kit'", SQL_ENGINE };
/* By their size, since row security hides rows. */
static const struct sql begin_again = { "begin_again",
	"DO $$ DECLARE t TEXT; BEGIN SELECT string_agg(format('public.%I', relname), ', ') INTO t "
	"FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' "
	"AND pg_relation_size(oid) > 0; EXECUTE 'TRUNCATE ' || t; "
	"FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'kit'::regnamespace "
	"AND relkind = 'r' LOOP "
	"EXECUTE format('INSERT INTO public.%I SELECT * FROM kit.%I', t, t); END LOOP; END $$",
	SQL_ENGINE };

static enum err run_text(struct scope *sc, void *arg)
{
	return db_run(sc, arg, BIND_NONE, NULL);
}

static bool found_as_made(struct scope *sc)
{
	int64_t kept = 0;

	OK(db_int(sc, &has_kept, BIND_NONE, &kept));
	if (!kept)
		return false;
	OK(db_write(sc, run_text, (void *)(uintptr_t)&begin_again));
	if (!migrate_check(sc, hub_schema, hub_schema_count))
		return true;
	scope_clear(sc);
	return false;
}

/* As their owner, since the hub owns nothing. */
static void make_tables(struct scope *sc, struct kit *kit, const char *url, size_t files)
{
	struct store_config c = { .url = getenv("TEST_DB_OWNER"), .readers = 1, .owner = true };
	bool whole = files == hub_schema_count;
	int applied;

	OK(store_url_role(sc, url, &c.grant));
	OK(store_open(sc, &c, &kit->world.store));
	if (!whole || !found_as_made(sc)) {
		kit_empty(sc);
		OK(migrate_run(sc, hub_schema, files, &applied));
		if (whole)
			OK(db_write(sc, run_text, (void *)(uintptr_t)&keep_rows));
	}
	store_close(TAKE(kit->world.store));
}

/* ---- SQLite: a file of tables is made once in each process, and every test has a copy ---- */

static void write_file(const char *path, struct bytes data)
{
	FILE *f = fopen(path, "we");

	NEED(f != NULL);
	NEED(fwrite(data.data, 1, data.len, f) == data.len);
	NEED(fclose(f) == 0);
}

static void copy_tables(struct scope *sc, struct kit *kit, const char *url)
{
	static struct bytes made;
	const char *path = arena_printf(sc->mem, "%s/made.db", kit_folder(sc));
	struct store_config c = { .url = arena_printf(sc->mem, "sqlite:%s", path) };
	struct bytes file;
	int applied;

	if (!made.data) {
		OK(store_open(sc, &c, &kit->world.store));
		OK(migrate_run(sc, hub_schema, hub_schema_count, &applied));
		store_close(TAKE(kit->world.store));
		OK(file_read(sc, path, 64 << 20, &file));
		made = bytes_of(malloc(file.len), file.len);
		NEED(made.data != NULL);
		memcpy((void *)(uintptr_t)made.data, file.data, file.len);
	}
	write_file(url + strlen("sqlite:"), made);
}

static struct hub *open_hub(struct scope *sc, struct kit *kit, const char *url, size_t files)
{
	struct store_config c = { .url = url, .readers = 2, .flush = event_flush };
	struct hub *hub = arena_alloc(sc->mem, sizeof *hub);
	bool copies = files == hub_schema_count && str_starts(url, "sqlite:");
	int applied;

	if (kit_on_postgres())
		make_tables(sc, kit, url, files);
	else if (copies)
		copy_tables(sc, kit, url);
	OK(store_open(sc, &c, &kit->world.store));
	hub->world = kit->world;
	sc->world = &hub->world;
	seal_key_make(&hub->master, 1);
	hub->tenant_key = kit_tenant_key;
	hub->objects_dir = kit_folder(sc);
	snprintf(hub->name, sizeof hub->name, "test");
	if (!kit_on_postgres() && !copies)
		OK(migrate_run(sc, hub_schema, files, &applied));
	kit_tenant_add(sc, KIT_TENANT);
	sc->tenant = KIT_TENANT;
	sc->actor.kind = ACTOR_SYSTEM;
	return hub;
}

bool kit_on_postgres(void)
{
	return getenv("TEST_DB") != NULL;
}

static const char *real_url(struct scope *sc)
{
	return kit_on_postgres() ? getenv("TEST_DB")
				 : arena_printf(sc->mem, "sqlite:%s/hub.db", kit_folder(sc));
}

struct hub *kit_hub_store(struct scope *sc, struct kit *kit)
{
	return open_hub(sc, kit, real_url(sc), hub_schema_count);
}

struct hub *kit_hub_before(struct scope *sc, struct kit *kit, const char *file)
{
	size_t files = 0;

	while (files < hub_schema_count && !str_ends(hub_schema[files].name, file))
		files++;
	NEED(files < hub_schema_count);
	return open_hub(sc, kit, real_url(sc), files);
}

void kit_hub_upgrade(struct scope *sc)
{
	struct hub *hub = hub_of(sc);
	struct store_config c = { .url = getenv("TEST_DB_OWNER"), .readers = 1, .owner = true };
	struct store *before = hub->world.store;
	int applied;

	if (kit_on_postgres()) {
		OK(store_url_role(sc, getenv("TEST_DB"), &c.grant));
		OK(store_open(sc, &c, &hub->world.store));
	}
	OK(migrate_run(sc, hub_schema, hub_schema_count, &applied));
	CHECK(applied > 0);
	if (kit_on_postgres())
		store_close(hub->world.store);
	hub->world.store = before;
}

struct hub *kit_hub_fake(struct scope *sc, struct kit *kit)
{
	return open_hub(sc, kit, kit_on_postgres() ? getenv("TEST_DB") : "fake:", hub_schema_count);
}
