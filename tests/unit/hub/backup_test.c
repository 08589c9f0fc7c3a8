/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "hub_kit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/backup.h"
#include "base/id.h"
#include "event/event.h"
#include "object/object.h"
#include "object/object_job.h"
#include "schema/schema.h"
#include "store/migrate.h"

static const struct sql add_account = { "add_account",
	"INSERT INTO account (id, realm, email_key, email, name, state, created, locale) "
	"VALUES (7, 'main', 'a@b.c', 'A@b.c', '', 'active', 9007199254740993, NULL)",
	SQL_DIRECTORY };
static const struct sql add_identity = { "add_identity",
	"INSERT INTO identity (account, kind, subject, realm, sealed) "
	"VALUES (7, 'password', '7', 'main', $1)",
	SQL_DIRECTORY };
static const struct sql add_key = { "add_key",
	"INSERT INTO tenant_key (tenant, version, sealed, created) VALUES ($1, 1, $2, 5)",
	SQL_TENANT };
static const struct sql read_sealed = { "read_sealed", "SELECT sealed FROM identity",
	SQL_DIRECTORY };
static const struct sql read_created = { "read_created",
	"SELECT created FROM account WHERE locale IS NULL AND name = ''", SQL_DIRECTORY };
static const struct sql count_keys = { "count_keys",
	"SELECT count(*) FROM tenant_key WHERE tenant = $1", SQL_TENANT };

struct sealed_row {
	struct bytes sealed;
};
SHAPE(sealed_shape, struct sealed_row, COL(struct sealed_row, sealed));

static unsigned char large[200000];

static enum err fill(struct scope *sc, void *arg)
{
	enum err e = db_run(sc, &add_account, BIND_NONE, NULL);

	if (!e)
		e = db_run(sc, &add_identity, BIND(V(bytes_of(large, sizeof large))), NULL);
	return e ? e : db_run(sc, &add_key, BIND(V(bytes_of("key", 3))), NULL);
}

struct place {
	struct backup_files files;
	struct seal_key key;
	struct hub *hub;
	int64_t object;
};

static void prepare(struct scope *sc, struct kit *kit, struct place *p)
{
	const char *folder = kit_folder(sc);

	p->hub = kit_hub_store(sc, kit);
	for (size_t i = 0; i < sizeof large; i++)
		large[i] = (unsigned char)(i * 7 + i / 251);
	OK(db_write(sc, fill, NULL));
	OK(object_put(sc, "import", "text/csv", bytes_of("email\na@b.c\n", 12), &p->object));
	scope_system(sc);
	seal_key_make(&p->key, 1);
	p->files.rows = arena_printf(sc->mem, "%s/rows", folder);
	p->files.keys = arena_printf(sc->mem, "%s/keys", folder);
}

static void copy(struct scope *sc, struct place *p)
{
	struct backup_count count = { 0 };

	OK(backup_write(sc, &p->key, &p->files, &count));
	CHECK(count.rows > 4);
	CHECK_INT(count.files, 1);
	CHECK_INT(count.gone, 0);
}

/* The hub's store is an empty one from now on, opened as restore does. */
static void start_anew(struct scope *sc, struct kit *kit, struct place *p, const char *name)
{
	const char *url = kit_on_postgres()
				  ? getenv("TEST_DB_OWNER")
				  : arena_printf(sc->mem, "sqlite:%s/%s.db", kit_folder(sc), name);
	struct store_config c = { .url = url, .readers = 2, .owner = true };
	int applied;

	store_close(TAKE(kit->world.store));
	OK(store_open(sc, &c, &kit->world.store));
	p->hub->world.store = kit->world.store;
	if (kit_on_postgres())
		kit_empty(sc);
	OK(migrate_run(sc, hub_schema, hub_schema_count, &applied));
}

TEST(what_was_backed_up_is_restored_to_the_last_bit)
{
	struct sealed_row row;
	struct object object;
	struct bytes file;
	struct place p;
	struct backup_count rows;
	int64_t n;
	struct stat st;

	prepare(sc, kit, &p);
	copy(sc, &p);
	OK(stat(p.files.keys, &st) == 0 ? ERR_NONE : ERR_AWAY);
	CHECK_INT(st.st_mode & 0777, 0600);
	start_anew(sc, kit, &p, "new");
	p.hub->objects_dir = kit_folder(sc);
	OK(backup_restore(sc, &p.key, &p.files, &rows));
	OK(db_int(sc, &read_created, BIND_NONE, &n));
	CHECK_INT(n, INT64_C(9007199254740993));
	OK(db_one(sc, &read_sealed, BIND_NONE, &sealed_shape, &row));
	NEED(row.sealed.len == sizeof large);
	CHECK(memcmp(row.sealed.data, large, sizeof large) == 0);
	OK(db_int(sc, &count_keys, BIND_NONE, &n));
	CHECK_INT(n, 1);
	CHECK_INT(rows.files, 1);
	OK(object_find(sc, p.object, &object));
	OK(object_read(sc, &object, &file));
	CHECK_TEXT(arena_copy(sc->mem, file.data, file.len), "email\na@b.c\n");
	/* Once more would double everything. */
	CHECK_INT(backup_restore(sc, &p.key, &p.files, &rows), ERR_CONFLICT);
}

TEST(a_backup_never_overwrites_and_leaves_no_half_file)
{
	struct place p;
	struct backup_count rows;

	prepare(sc, kit, &p);
	copy(sc, &p);
	unlink(p.files.rows);
	CHECK_INT(backup_write(sc, &p.key, &p.files, &rows), ERR_CONFLICT);
	CHECK(access(p.files.rows, F_OK) != 0);
	CHECK(access(arena_printf(sc->mem, "%s.part", p.files.rows), F_OK) != 0);
}

static void flip(const char *path, long at)
{
	FILE *f = fopen(path, "r+");
	int c;

	NEED(f != NULL);
	fseek(f, at, at < 0 ? SEEK_END : SEEK_SET);
	c = fgetc(f);
	fseek(f, -1, SEEK_CUR);
	fputc(c ^ 1, f);
	fclose(f);
}

TEST(a_damaged_foreign_or_short_backup_restores_nothing)
{
	struct seal_key other;
	struct backup_files mixed;
	struct place p;
	struct backup_count rows;
	int64_t n = 0;

	prepare(sc, kit, &p);
	copy(sc, &p);
	start_anew(sc, kit, &p, "new");
	seal_key_make(&other, 1);
	CHECK_INT(backup_restore(sc, &other, &p.files, &rows), ERR_INPUT);
	mixed = (struct backup_files){ p.files.keys, p.files.rows };
	CHECK_INT(backup_restore(sc, &p.key, &mixed, &rows), ERR_INPUT);
	flip(p.files.rows, -10);
	CHECK_INT(backup_restore(sc, &p.key, &p.files, &rows), ERR_INPUT);
	flip(p.files.rows, -10);
	flip(p.files.keys, 60);
	CHECK_INT(backup_restore(sc, &p.key, &p.files, &rows), ERR_INPUT);
	flip(p.files.keys, 60);
	OK(truncate(p.files.rows, 65536 + 100) == 0 ? ERR_NONE : ERR_AWAY);
	CHECK_INT(backup_restore(sc, &p.key, &p.files, &rows), ERR_INPUT);
	CHECK_INT(db_int(sc, &read_created, BIND_NONE, &n), ERR_MISSING);
}

/* ---- files that no row names ---- */

static void put_file(struct scope *sc, const char *path, int64_t real_ms)
{
	struct timespec times[2] = { { .tv_sec = real_ms / 1000 }, { .tv_sec = real_ms / 1000 } };
	FILE *f = fopen(path, "w");

	NEED(f != NULL);
	fputs("x", f);
	fclose(f);
	NEED(utimensat(AT_FDCWD, path, times, 0) == 0);
}

TEST(files_that_no_row_names_go_after_a_day)
{
	static const char *const names[] = { "obj_0000000000009", "obj_000000000000a",
		"obj_000000000000b.new", "notes.txt" };
	const char *folder, *path[COUNT(names)];
	struct object object;
	struct place p;
	struct job job = { 0 };

	prepare(sc, kit, &p);
	OK(object_find(sc, p.object, &object));
	folder = arena_printf(
		sc->mem, "%s/%s", p.hub->objects_dir, id_format(sc->mem, ID_TENANT, KIT_TENANT));
	for (size_t i = 0; i < COUNT(names); i++) {
		path[i] = arena_printf(sc->mem, "%s/%s", folder, names[i]);
		put_file(sc, path[i], kit->real_ms - (i == 1 ? HOUR_MS : 2 * DAY_MS));
	}
	put_file(sc, arena_printf(sc->mem, "%s/%s", p.hub->objects_dir, object.place),
		kit->real_ms - 2 * DAY_MS);
	OK(object_sweep_run(sc, &job));
	CHECK(access(path[0], F_OK) != 0);
	/* Young, or not of ours, or somebody's. */
	CHECK(access(path[1], F_OK) == 0);
	CHECK(access(path[2], F_OK) != 0);
	CHECK(access(path[3], F_OK) == 0);
	CHECK(access(arena_printf(sc->mem, "%s/%s", p.hub->objects_dir, object.place), F_OK) == 0);
}
