/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/database.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP     256 /* pages at a time */
#define BUSY_MS  100
#define BUSY_MAX 300

static void close_db(sqlite3 **db)
{
	sqlite3_close(*db);
}

static enum err copy_pages(struct scope *sc, sqlite3 *from, sqlite3 *to)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	int r = b ? SQLITE_OK : SQLITE_ERROR;

	for (int busy = 0; r == SQLITE_OK || r == SQLITE_BUSY || r == SQLITE_LOCKED;) {
		r = sqlite3_backup_step(b, STEP);
		if (r != SQLITE_BUSY && r != SQLITE_LOCKED)
			continue;
		if (++busy > BUSY_MAX)
			break;
		sqlite3_sleep(BUSY_MS);
	}
	if (b)
		sqlite3_backup_finish(b);
	return r == SQLITE_DONE ? ERR_NONE
				: fail(sc, ERR_AWAY, "MailU's database: %s", sqlite3_errmsg(to));
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* An empty file that nobody else can read. */
static enum err make_file(struct scope *sc, const char *path)
{
	CLEANUP(close_fd) int fd = -1;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 ? fail(sc, ERR_AWAY, "%s: %m", path) : ERR_NONE;
}

enum err database_copy(struct scope *sc, const char *path, const char *copy)
{
	CLEANUP(close_db) sqlite3 *from = NULL, *to = NULL;
	enum err e;

	if (access(path, F_OK) != 0)
		return fail(sc, ERR_MISSING, "%s: there is no MailU", path);
	e = make_file(sc, copy);
	if (e)
		return e;
	if (sqlite3_open_v2(path, &from, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		return fail(sc, ERR_AWAY, "%s: %s", path, sqlite3_errmsg(from));
	if (sqlite3_open_v2(copy, &to, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		return fail(sc, ERR_AWAY, "%s: %s", copy, sqlite3_errmsg(to));
	return copy_pages(sc, from, to);
}

/* ---- upgrades ---- */

static const char *aside_of(struct scope *sc, const char *root, const char *version)
{
	return arena_printf(sc->mem, "%s/database.before-%s", root, version);
}

enum err database_aside(struct scope *sc, const char *root, const char *version, bool *aside)
{
	const char *path = arena_printf(sc->mem, "%s/" DATABASE_NAME, root);
	const char *kept = aside_of(sc, root, version);
	const char *copy = arena_printf(sc->mem, "%s.part", kept);
	enum err e;

	*aside = access(kept, F_OK) == 0;
	if (*aside || access(path, F_OK) != 0)
		return ERR_NONE;
	e = database_copy(sc, path, copy);
	if (!e && rename(copy, kept) < 0)
		e = fail(sc, ERR_AWAY, "%s: %m", kept);
	if (e)
		unlink(copy);
	*aside = !e;
	return e;
}

enum err database_back(struct scope *sc, const char *root, const char *version)
{
	const char *path = arena_printf(sc->mem, "%s/" DATABASE_NAME, root);
	const char *kept = aside_of(sc, root, version);
	struct stat st;

	if (stat(path, &st) == 0 &&
		(chown(kept, st.st_uid, st.st_gid) < 0 || chmod(kept, st.st_mode & 07777) < 0))
		return fail(sc, ERR_AWAY, "%s: %m", kept);
	/* What a journal says is about the one that goes. */
	unlink(arena_printf(sc->mem, "%s-journal", path));
	unlink(arena_printf(sc->mem, "%s-wal", path));
	unlink(arena_printf(sc->mem, "%s-shm", path));
	return rename(kept, path) < 0 ? fail(sc, ERR_AWAY, "%s: %m", kept) : ERR_NONE;
}

void database_forget(struct scope *sc, const char *root, const char *version)
{
	unlink(aside_of(sc, root, version));
}
