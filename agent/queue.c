/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "queue.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_BYTES 2048
#define MAX_DEPTH  3 /* hash_queue_depth */
#define MAX_FILES  1000000
#define QUIET_MS   (2 * SECOND_MS)

struct walk {
	struct scope *sc;
	bool senders;
	struct queue_file *files; /* owned until handed over */
	size_t count, cap;
};

/* Records are a type byte, a length of seven bits per byte, and that many bytes. */
const char *queue_sender(struct scope *sc, struct bytes head)
{
	const unsigned char *p = head.data, *end = p + head.len;

	while (p < end) {
		unsigned char type = *p++;
		size_t len = 0;
		int shift = 0;

		do {
			if (p == end || shift > 21)
				return NULL;
			len |= (size_t)(*p & 0x7f) << shift;
			shift += 7;
		} while (*p++ & 0x80);
		if (len > (size_t)(end - p) || type == 'M')
			return NULL;
		if (type == 'S')
			return arena_copy(sc->mem, p, len);
		p += len;
	}
	return NULL;
}

static const char *read_sender(struct scope *sc, int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char head[HEAD_BYTES];
	const char *sender = NULL;
	ssize_t n;

	if (fd < 0)
		return "";
	n = read(fd, head, sizeof head);
	close(fd);
	if (n > 0)
		sender = queue_sender(sc, bytes_of(head, (size_t)n));
	return sender ? sender : "";
}

/* Postfix's cleanup holds an exclusive lock (flock) on the file it writes, until it ends. */
static bool is_locked(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool locked = fd < 0 || flock(fd, LOCK_SH | LOCK_NB) != 0;

	if (fd >= 0)
		close(fd);
	return locked;
}

static void add(struct walk *w, int folder, const char *name, const struct stat *st)
{
	int64_t written = (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
	bool committed = (st->st_mode & S_IXUSR) != 0;

	if (w->count == MAX_FILES)
		return;
	if (w->count == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 64;
		w->files = realloc(w->files, w->cap * sizeof *w->files);
		if (!w->files)
			abort();
	}
	w->files[w->count++] = (struct queue_file){
		.id = arena_text(w->sc->mem, name),
		.sender = w->senders ? read_sender(w->sc, folder, name) : "",
		.committed = committed,
		/* A mail that qmgr finds locked it puts off for minutes, so ours is tried only on
		   files that nobody has touched for a while. */
		.abandoned = w->senders && !committed && written < now_real(w->sc).ms - QUIET_MS &&
			     !is_locked(folder, name),
		.written = written,
	};
}

/* Takes FOLDER over. Files that go while we look are in the log, which is read afterwards. */
static bool walk(struct walk *w, int folder, int depth)
{
	DIR *dir = fdopendir(folder);
	struct dirent *entry;

	if (!dir) {
		close(folder);
		return false;
	}
	while ((entry = readdir(dir))) {
		struct stat st;

		if (entry->d_name[0] == '.' ||
			fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (S_ISREG(st.st_mode)) {
			add(w, folder, entry->d_name, &st);
		} else if (S_ISDIR(st.st_mode) && depth < MAX_DEPTH) {
			int below =
				openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

			if (below >= 0)
				walk(w, below, depth + 1);
		}
	}
	closedir(dir);
	return true;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct queue_file *)a)->id, ((const struct queue_file *)b)->id);
}

/* In the order in which a mail moves, so that it is met in one of them. */
static const char *const names[] = { "incoming", "active", "deferred", "hold" };
#define HOLD 3

static enum err read_folders(struct scope *sc, const char *queue_dir, size_t first, bool senders,
	struct queue_file **files, size_t *n)
{
	struct walk w = { .sc = sc, .senders = senders };
	bool good = true;

	for (size_t i = first; i < COUNT(names) && good; i++) {
		const char *path = arena_printf(sc->mem, "%s/%s", queue_dir, names[i]);
		int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		/* hold is made when it is first used. */
		good = folder >= 0 ? walk(&w, folder, 0) : errno == ENOENT && i == HOLD;
		if (!good)
			fail(sc, ERR_AWAY, "%s cannot be read: %s", path, strerror(errno));
	}
	if (good && w.count) {
		qsort(w.files, w.count, sizeof *w.files, by_id);
		*files = arena_copy(sc->mem, w.files, w.count * sizeof *w.files);
	}
	*n = good ? w.count : 0;
	free(w.files);
	return good ? ERR_NONE : sc->err;
}

enum err queue_list(
	struct scope *sc, const char *queue_dir, bool senders, struct queue_file **files, size_t *n)
{
	return read_folders(sc, queue_dir, 0, senders, files, n);
}

enum err queue_held(struct scope *sc, const char *queue_dir, struct queue_file **files, size_t *n)
{
	return read_folders(sc, queue_dir, HOLD, false, files, n);
}

bool queue_has(const struct queue_file *files, size_t n, const char *id)
{
	const struct queue_file key = { .id = id };

	return n && id && bsearch(&key, files, n, sizeof *files, by_id);
}
