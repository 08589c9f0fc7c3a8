/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* MailU's state in one sealed file, and back onto an empty machine. */
#include "mailu/backup.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "kit.h"
#include "mailu/database.h"

struct site {
	struct mailu_place place;
	const char *file;
	struct seal_key key;
};

static void put(struct scope *sc, const char *root, const char *name, const char *text)
{
	OK(file_write(sc, arena_printf(sc->mem, "%s/%s", root, name), 0640,
		bytes_of(text, strlen(text))));
}

static const char *get(struct scope *sc, const char *root, const char *name)
{
	struct bytes data;
	enum err e = file_read(sc, arena_printf(sc->mem, "%s/%s", root, name), 1 << 20, &data);

	scope_clear(sc);
	return e ? NULL : data.data;
}

static sqlite3 *database(struct scope *sc, const char *root)
{
	sqlite3 *db = NULL;

	NEED(sqlite3_open(arena_printf(sc->mem, "%s/data/main.db", root), &db) == SQLITE_OK);
	return db;
}

static int rows(void *n, int columns, char **values, char **names)
{
	++*(int *)n;
	return 0;
}

static int count_users(struct scope *sc, const char *root)
{
	sqlite3 *db = database(sc, root);
	int n = 0;

	CHECK_INT(sqlite3_exec(db, "SELECT * FROM user", rows, &n, NULL), SQLITE_OK);
	sqlite3_close(db);
	return n;
}

/* A MailU as it lies on the disk, with one user and two mails. */
static struct site site_open(struct scope *sc)
{
	static const char *const folders[] = { "", "/data", "/dkim", "/mail", "/mail/ann@acme",
		"/mail/ann@acme/new", "/mail/ann@acme/cur", "/overrides", "/overrides/postfix",
		"/mailqueue" };
	const char *folder = kit_folder(sc), *root = arena_printf(sc->mem, "%s/mailu", folder);
	struct site s = { { root, arena_printf(sc->mem, "%s/agent", folder) },
		arena_printf(sc->mem, "%s/backup", folder), { .version = 0 } };
	struct timespec times[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
	sqlite3 *db;

	for (size_t i = 0; i < COUNT(folders); i++)
		OK(file_folder(sc, arena_printf(sc->mem, "%s%s", root, folders[i]), 0750));
	OK(file_folder(sc, s.place.folder, 0700));
	put(sc, root, "mailu.env", "SECRET_KEY=x\n");
	put(sc, root, "dkim/acme.k1.key", "KEY");
	put(sc, root, "overrides/postfix/postfix.cf", "a = b\n");
	put(sc, root, "mail/ann@acme/new/1.mail", "Subject: one\n");
	put(sc, root, "mail/ann@acme/cur/2.mail:2,S", "Subject: two\n");
	put(sc, root, "mail/ann@acme/dovecot.index", "made anew");
	put(sc, root, "mail/ann@acme/dovecot-uidlist", "3 V7 N3\n");
	put(sc, root, "mailqueue/mail", "left out");
	put(sc, s.place.folder, "mailu.secrets", "secret");
	NEED(utimensat(AT_FDCWD, arena_printf(sc->mem, "%s/mail/ann@acme/new/1.mail", root), times,
		     0) == 0);
	db = database(sc, root);
	NEED(sqlite3_exec(db, "CREATE TABLE user (email TEXT); INSERT INTO user VALUES ('ann')",
		     NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(db);
	seal_key_make(&s.key, 1);
	return s;
}

static struct mailu_place empty_place(struct scope *sc)
{
	const char *folder = arena_printf(sc->mem, "%s/other", kit_folder(sc));
	struct mailu_place p = { arena_printf(sc->mem, "%s/mailu", folder), folder };

	OK(file_folder(sc, folder, 0700));
	return p;
}

TEST(a_mailu_comes_back_whole_on_an_empty_machine)
{
	struct site s = site_open(sc);
	struct mailu_place to = empty_place(sc);
	struct mailu_sum out, in;
	struct stat st;

	OK(mailu_backup(sc, &s.place, s.file, &s.key, &out));
	OK(mailu_restore(sc, &to, s.file, &s.key, &in));
	CHECK_INT(in.files, out.files);
	CHECK_INT(in.bytes, out.bytes);
	CHECK_INT(count_users(sc, to.root), 1);
	CHECK_TEXT(get(sc, to.root, "dkim/acme.k1.key"), "KEY");
	CHECK_TEXT(get(sc, to.root, "mailu.env"), "SECRET_KEY=x\n");
	CHECK_TEXT(get(sc, to.root, "overrides/postfix/postfix.cf"), "a = b\n");
	CHECK_TEXT(get(sc, to.root, "mail/ann@acme/new/1.mail"), "Subject: one\n");
	CHECK_TEXT(get(sc, to.root, "mail/ann@acme/cur/2.mail:2,S"), "Subject: two\n");
	CHECK_TEXT(get(sc, to.root, "mail/ann@acme/dovecot-uidlist"), "3 V7 N3\n");
	CHECK_TEXT(get(sc, to.folder, "mailu.secrets"), "secret");
	CHECK_TEXT(get(sc, to.root, "mail/ann@acme/dovecot.index"), NULL);
	CHECK_TEXT(get(sc, to.root, "mailqueue/mail"), NULL);
	NEED(stat(arena_printf(sc->mem, "%s/mail/ann@acme/new/1.mail", to.root), &st) == 0);
	CHECK_INT(st.st_mtime, 1000000000);
	CHECK_INT(st.st_mode & 07777, 0640);
}

/* Somebody writes while it is taken: what is copied is whole. */
TEST(a_database_is_copied_at_one_moment_while_others_write)
{
	struct site s = site_open(sc);
	struct mailu_place to = empty_place(sc);
	struct mailu_sum sum;
	sqlite3 *db = database(sc, s.place.root);

	NEED(sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) == SQLITE_OK);
	NEED(sqlite3_exec(db,
		     "INSERT INTO user VALUES ('bob'); BEGIN IMMEDIATE; "
		     "INSERT INTO user VALUES ('not yet')",
		     NULL, NULL, NULL) == SQLITE_OK);
	OK(mailu_backup(sc, &s.place, s.file, &s.key, &sum));
	sqlite3_close(db);
	OK(mailu_restore(sc, &to, s.file, &s.key, &sum));
	CHECK_INT(count_users(sc, to.root), 2);
}

TEST(nothing_is_written_over_a_mailu_and_nothing_of_a_backup_that_is_not_whole)
{
	struct site s = site_open(sc);
	struct mailu_place to = empty_place(sc);
	struct mailu_sum sum;
	struct seal_key other;
	struct bytes data;

	OK(mailu_backup(sc, &s.place, s.file, &s.key, &sum));
	CHECK_INT(mailu_backup(sc, &s.place, s.file, &s.key, &sum), ERR_CONFLICT);
	CHECK_INT(mailu_restore(sc, &s.place, s.file, &s.key, &sum), ERR_CONFLICT);
	CHECK_TEXT(get(sc, s.place.folder, "mailu.secrets"), "secret");
	seal_key_make(&other, 1);
	CHECK_INT(mailu_restore(sc, &to, s.file, &other, &sum), ERR_INPUT);
	scope_clear(sc);
	OK(file_read(sc, s.file, 1 << 24, &data));
	OK(file_write(sc, s.file, 0600, bytes_of(data.data, data.len - 40)));
	CHECK_INT(mailu_restore(sc, &to, s.file, &s.key, &sum), ERR_INPUT);
	CHECK(access(to.root, F_OK) != 0);
	CHECK(access(arena_printf(sc->mem, "%s/mailu.secrets", to.folder), F_OK) != 0);
}

TEST(a_backup_that_fails_leaves_nothing)
{
	struct mailu_place none = empty_place(sc);
	const char *file = arena_printf(sc->mem, "%s/backup", none.folder);
	struct seal_key key;
	struct mailu_sum sum;

	seal_key_make(&key, 1);
	CHECK_INT(mailu_backup(sc, &none, file, &key, &sum), ERR_MISSING);
	CHECK(access(file, F_OK) != 0);
	CHECK(access(arena_printf(sc->mem, "%s.part", file), F_OK) != 0);
	CHECK(access(arena_printf(sc->mem, "%s.database", file), F_OK) != 0);
}

static void run(struct scope *sc, const char *root, const char *sql)
{
	sqlite3 *db = database(sc, root);

	CHECK_INT(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

TEST(a_database_set_aside_for_an_upgrade_comes_back_as_it_was)
{
	struct site s = site_open(sc);
	const char *root = s.place.root;
	bool aside = false;

	OK(database_aside(sc, root, "2024.06.58", &aside));
	CHECK(aside);
	run(sc, root, "INSERT INTO user VALUES ('made by the new version')");
	/* An agent that ended meanwhile asks again: what is kept is from before. */
	OK(database_aside(sc, root, "2024.06.58", &aside));
	CHECK(aside);
	OK(database_back(sc, root, "2024.06.58"));
	CHECK_INT(count_users(sc, root), 1);
	/* One that works leaves nothing behind. */
	OK(database_aside(sc, root, "2024.06.59", &aside));
	database_forget(sc, root, "2024.06.59");
	CHECK_TEXT(get(sc, root, "database.before-2024.06.59"), NULL);
	CHECK_TEXT(get(sc, root, "database.before-2024.06.58"), NULL);
	OK(database_aside(sc, empty_place(sc).root, "2024.06.58", &aside));
	CHECK(!aside);
}
