/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mailu/archive.h"
#include "mailu/database.h"
#include "mailu/parcel.h"

#define BUFFER (64 * 1024)

const char *const parcel_files[] = { "mailu.env", "admin.env", ".env", "compose.json",
	"data/instance" };
const size_t parcel_file_count = COUNT(parcel_files);
const char *const parcel_secrets[] = { "mailu.secrets", "mailu.tokens" };
const size_t parcel_secret_count = COUNT(parcel_secrets);
const char *const parcel_folders[] = { "overrides", "certs", "mail" };
const size_t parcel_folder_count = COUNT(parcel_folders);

struct unpacking {
	const struct mailu_place *place;
	struct sealed_in *in;
	bool write; /* or only look */
	struct mailu_sum sum;
	char buffer[BUFFER];
};

static void free_unpacking(struct unpacking **u)
{
	free(*u);
}

/* ---- where things go ---- */

static const char *path_of(struct scope *sc, const struct unpacking *u, const char *name)
{
	if (str_starts(name, PARCEL_SECRETS "/"))
		return arena_printf(
			sc->mem, "%s%s", u->place->folder, name + strlen(PARCEL_SECRETS));
	return arena_printf(sc->mem, "%s/%s", u->place->root, name);
}

static enum err is_free(struct scope *sc, const struct mailu_place *p)
{
	const char *paths[1 + 2] = { arena_printf(sc->mem, "%s/" DATABASE_NAME, p->root) };

	for (size_t i = 0; i < parcel_secret_count; i++)
		paths[1 + i] = arena_printf(sc->mem, "%s/%s", p->folder, parcel_secrets[i]);
	for (size_t i = 0; i < COUNT(paths); i++)
		if (access(paths[i], F_OK) == 0)
			return fail(sc, ERR_CONFLICT, "%s exists: there is a MailU here already",
				paths[i]);
	return ERR_NONE;
}

/* ---- one entry ---- */

/* Who may not give a file away keeps it. */
static enum err own(struct scope *sc, int fd, const char *path, const struct archive_entry *e)
{
	const struct timespec times[] = { { .tv_sec = e->mtime }, { .tv_sec = e->mtime } };

	if (fchown(fd, e->uid, e->gid) < 0 && errno != EPERM)
		return fail(sc, ERR_AWAY, "%s: %m", path);
	if (fchmod(fd, e->mode) < 0 || futimens(fd, times) < 0)
		return fail(sc, ERR_AWAY, "%s: %m", path);
	return ERR_NONE;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* The next SIZE bytes, into FD where it is one. */
static enum err move_bytes(struct scope *sc, struct unpacking *u, uint64_t size, int fd)
{
	enum err e = ERR_NONE;

	for (uint64_t left = size; left && !e;) {
		size_t n = left < BUFFER ? (size_t)left : BUFFER;

		e = sealed_get(sc, u->in, u->buffer, n);
		if (!e && fd >= 0 && write(fd, u->buffer, n) != (ssize_t)n)
			e = fail(sc, ERR_AWAY, "the disk refuses: %m");
		left -= n;
	}
	return e;
}

/* A mail that was read in `new` and again in `cur` is one. */
static void forget_new(struct scope *sc, const char *path)
{
	const char *cur = strstr(path, "/cur/"), *next;

	while (cur && (next = strstr(cur + 1, "/cur/")))
		cur = next;
	if (cur)
		unlink(arena_printf(sc->mem, "%.*s/new/%.*s", (int)(cur - path), path,
			(int)strcspn(cur + 5, ":"), cur + 5));
}

static enum err get_file(struct scope *sc, struct unpacking *u, const struct archive_entry *e)
{
	const char *path = path_of(sc, u, e->name);
	CLEANUP(close_fd) int fd = -1;
	enum err err;

	u->sum.files++;
	u->sum.bytes += (int64_t)e->size;
	if (!u->write)
		return move_bytes(sc, u, e->size, -1);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(sc, ERR_AWAY, "%s: %m", path);
	err = move_bytes(sc, u, e->size, fd);
	if (!err)
		err = own(sc, fd, path, e);
	if (!err && fdatasync(fd) < 0)
		err = fail(sc, ERR_AWAY, "%s: %m", path);
	forget_new(sc, path);
	return err;
}

static enum err get_folder(struct scope *sc, struct unpacking *u, const struct archive_entry *e)
{
	const char *path = path_of(sc, u, e->name);
	CLEANUP(close_fd) int fd = -1;

	if (!u->write)
		return ERR_NONE;
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return fail(sc, ERR_AWAY, "%s: %m", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? fail(sc, ERR_AWAY, "%s: %m", path) : own(sc, fd, path, e);
}

static enum err get_link(struct scope *sc, struct unpacking *u, const struct archive_entry *e)
{
	char target[ARCHIVE_NAME] = "";
	const char *path = path_of(sc, u, e->name);
	enum err err = sealed_get(sc, u->in, target, (size_t)e->size);

	if (!err && u->write && symlink(target, path) < 0 && errno != EEXIST)
		err = fail(sc, ERR_AWAY, "%s: %m", path);
	return err;
}

/* ---- all of it ---- */

static enum err unpack(struct scope *sc, struct unpacking *u)
{
	struct archive_entry entry = { 0 };
	enum err e;

	u->sum = (struct mailu_sum){ 0 };
	do {
		e = archive_get(sc, u->in, &entry);
		if (e || entry.kind == ARCHIVE_END)
			break;
		e = entry.kind == ARCHIVE_FILE     ? get_file(sc, u, &entry)
		    : entry.kind == ARCHIVE_FOLDER ? get_folder(sc, u, &entry)
						   : get_link(sc, u, &entry);
	} while (!e);
	return e ? e : sealed_end(sc, u->in);
}

static enum err pass(struct scope *sc, struct unpacking *u, const char *file,
	const struct seal_key *key, bool write)
{
	enum err e = sealed_open(sc, file, key, &u->in);

	if (e)
		return e;
	u->write = write;
	e = unpack(sc, u);
	sealed_in_free(TAKE(u->in));
	return e;
}

enum err mailu_restore(struct scope *sc, const struct mailu_place *place, const char *file,
	const struct seal_key *key, struct mailu_sum *sum)
{
	CLEANUP(free_unpacking) struct unpacking *u = calloc(1, sizeof *u);
	enum err e = is_free(sc, place);

	if (!u)
		abort();
	u->place = place;
	if (!e)
		e = pass(sc, u, file, key, false);
	if (!e && mkdir(place->root, 0711) < 0 && errno != EEXIST)
		e = fail(sc, ERR_AWAY, "%s: %m", place->root);
	if (!e)
		e = pass(sc, u, file, key, true);
	if (!e)
		*sum = u->sum;
	return e;
}
