/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mailu/archive.h"
#include "mailu/database.h"
#include "mailu/parcel.h"

#define BUFFER (64 * 1024)

struct packing {
	const struct mailu_place *place;
	struct sealed_out *out;
	struct mailu_sum sum;
	char buffer[BUFFER];
};

static void free_packing(struct packing **p)
{
	free(*p);
}

/* ---- one file ---- */

static struct archive_entry entry_of(
	enum archive_kind kind, const struct stat *st, const char *name)
{
	return (struct archive_entry){ .kind = kind,
		.mode = st->st_mode & 07777,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.mtime = st->st_mtime,
		.name = name };
}

/* So many bytes as it had when it was opened: what grows meanwhile is cut, and what shrinks is no
   file of ours. */
static enum err put_bytes(
	struct scope *sc, struct packing *p, int fd, const struct archive_entry *e)
{
	enum err err = archive_put(sc, p->out, e);

	for (uint64_t left = e->size; left && !err;) {
		size_t want = left < BUFFER ? (size_t)left : BUFFER;
		ssize_t n = read(fd, p->buffer, want);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(sc, ERR_AWAY, "%s changed while it was read", e->name);
		err = sealed_put(sc, p->out, p->buffer, (size_t)n);
		left -= (uint64_t)n;
	}
	p->sum.files++;
	p->sum.bytes += (int64_t)e->size;
	return err;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* The bytes of PATH under NAME; owner and mode are OWNER's, or its own. One that went meanwhile is
   left out. */
static enum err put_file(struct scope *sc, struct packing *p, const char *path, const char *name,
	const struct stat *owner)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct archive_entry e;
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return ERR_NONE;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(sc, ERR_AWAY, "%s: %m", path);
	e = entry_of(ARCHIVE_FILE, owner ? owner : &st, name);
	e.size = (uint64_t)st.st_size;
	return put_bytes(sc, p, fd, &e);
}

static enum err put_link(struct scope *sc, struct packing *p, const FTSENT *f, const char *name)
{
	struct archive_entry e = entry_of(ARCHIVE_LINK, f->fts_statp, name);
	char target[ARCHIVE_NAME];
	ssize_t n = readlink(f->fts_accpath, target, sizeof target);
	enum err err;

	if (n <= 0 || (size_t)n >= sizeof target)
		return fail(sc, ERR_AWAY, "%s: %m", name);
	e.size = (uint64_t)n;
	err = archive_put(sc, p->out, &e);
	return err ? err : sealed_put(sc, p->out, target, (size_t)n);
}

/* ---- folders ---- */

/* Backwards: so Maildir's `new` is read before `cur`, and a mail that moves meanwhile is read twice
   and not never. */
static int backwards(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*b)->fts_name, (*a)->fts_name);
}

static bool is_made_anew(const FTSENT *f)
{
	return str_starts(f->fts_name, "dovecot.index") || str_ends(f->fts_name, ".lock");
}

static enum err put_found(struct scope *sc, struct packing *p, const FTSENT *f)
{
	const char *name = f->fts_path + strlen(p->place->root) + 1;
	struct archive_entry folder;

	switch (f->fts_info) {
	case FTS_D:
		folder = entry_of(ARCHIVE_FOLDER, f->fts_statp, name);
		return archive_put(sc, p->out, &folder);
	case FTS_F:
		return is_made_anew(f) ? ERR_NONE : put_file(sc, p, f->fts_accpath, name, NULL);
	case FTS_SL:
	case FTS_SLNONE:
		return put_link(sc, p, f, name);
	case FTS_DNR:
	case FTS_ERR:
		errno = f->fts_errno;
		return fail(sc, ERR_AWAY, "%s: %m", name);
	default:
		return ERR_NONE; /* the way back up, sockets, what went meanwhile */
	}
}

static void close_walk(FTS **walk)
{
	if (*walk)
		fts_close(*walk);
}

static enum err put_folder(struct scope *sc, struct packing *p, const char *name)
{
	char *paths[] = { arena_printf(sc->mem, "%s/%s", p->place->root, name), NULL };
	CLEANUP(close_walk) FTS *walk = NULL;
	const FTSENT *f;
	enum err e = ERR_NONE;

	/* Asked before: a walk that is closed before its first step does not free all it has. */
	if (access(paths[0], F_OK) != 0)
		return ERR_NONE;
	walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, backwards);
	if (!walk)
		return fail(sc, ERR_AWAY, "%s: %m", paths[0]);
	while (!e && (f = fts_read(walk)))
		e = put_found(sc, p, f);
	return e;
}

/* ---- the database ---- */

static enum err put_database(struct scope *sc, struct packing *p, const char *file)
{
	const char *path = arena_printf(sc->mem, "%s/" DATABASE_NAME, p->place->root);
	const char *copy = arena_printf(sc->mem, "%s.database", file);
	struct archive_entry folder;
	struct stat st, above;
	enum err e;

	if (stat(path, &st) < 0 ||
		stat(arena_printf(sc->mem, "%s/data", p->place->root), &above) < 0)
		return fail(sc, ERR_MISSING, "%s: there is no MailU", path);
	folder = entry_of(ARCHIVE_FOLDER, &above, "data");
	e = database_copy(sc, path, copy);
	if (!e)
		e = archive_put(sc, p->out, &folder);
	if (!e)
		e = put_file(sc, p, copy, DATABASE_NAME, &st);
	unlink(copy);
	return e;
}

/* ---- all of it ---- */

static enum err put_files(struct scope *sc, struct packing *p)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; i < parcel_file_count && !e; i++)
		e = put_file(sc, p, arena_printf(sc->mem, "%s/%s", p->place->root, parcel_files[i]),
			parcel_files[i], NULL);
	for (size_t i = 0; i < parcel_secret_count && !e; i++)
		e = put_file(sc, p,
			arena_printf(sc->mem, "%s/%s", p->place->folder, parcel_secrets[i]),
			arena_printf(sc->mem, PARCEL_SECRETS "/%s", parcel_secrets[i]), NULL);
	return e;
}

static enum err pack(struct scope *sc, struct packing *p, const char *file)
{
	static const struct archive_entry end = { .kind = ARCHIVE_END };
	enum err e = put_database(sc, p, file);

	if (!e)
		e = put_folder(sc, p, "dkim");
	if (!e)
		e = put_files(sc, p);
	for (size_t i = 0; i < parcel_folder_count && !e; i++)
		e = put_folder(sc, p, parcel_folders[i]);
	return e ? e : archive_put(sc, p->out, &end);
}

enum err mailu_backup(struct scope *sc, const struct mailu_place *place, const char *file,
	const struct seal_key *key, struct mailu_sum *sum)
{
	CLEANUP(free_packing) struct packing *p = calloc(1, sizeof *p);
	enum err e;

	if (!p)
		abort();
	p->place = place;
	e = sealed_create(sc, file, key, &p->out);
	if (!e)
		e = pack(sc, p, file);
	if (!e)
		e = sealed_finish(sc, p->out);
	sealed_out_free(p->out);
	if (!e)
		*sum = p->sum;
	return e;
}
