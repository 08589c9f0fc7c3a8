/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tail.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK    (64 * 1024)
#define HEAD     64 /* bytes by which a file is known again; none are looked at before it has them */
#define MAX_PATH 4096

/* Where reading goes on. */
struct place {
	int64_t inode; /* 0: no file was seen yet */
	int64_t offset;
	uint64_t head; /* hash of the first HEAD bytes, 0 while the file is shorter */
};

struct tail {
	char path[MAX_PATH];
	struct place kept; /* as the owner knows it */
	struct place at;   /* where the next read begins */
	struct place next; /* as of the last read */
	bool from_end;     /* no cursor: begin at the end of the file that is there */
	bool broken;       /* lines were lost, and nobody has kept that yet */
	int fd;            /* owned; the file of `at`, or -1 */
	int next_fd;       /* owned; the file of `next` where it is another one, or -1 */
};

static uint64_t hash(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h ? h : 1;
}

static uint64_t head_of(int fd)
{
	char buf[HEAD];

	return pread(fd, buf, HEAD, 0) == HEAD ? hash(buf, HEAD) : 0;
}

static bool parse_cursor(struct scope *sc, const char *text, struct place *p)
{
	const char *first = strchr(text, ':');
	const char *second = first ? strchr(first + 1, ':') : NULL;
	unsigned char bytes[8];

	if (!second || !str_int(arena_copy(sc->mem, text, (size_t)(first - text)), 0, INT64_MAX,
			       &p->inode))
		return false;
	if (!str_int(arena_copy(sc->mem, first + 1, (size_t)(second - first - 1)), 0, INT64_MAX,
		    &p->offset))
		return false;
	if (strlen(second + 1) != 16 || !str_unhex(second + 1, bytes, sizeof bytes))
		return false;
	memcpy(&p->head, bytes, sizeof bytes);
	return true;
}

static const char *format_cursor(struct scope *sc, const struct place *p)
{
	return arena_printf(sc->mem, "%lld:%lld:%s", (long long)p->inode, (long long)p->offset,
		str_hex(sc->mem, &p->head, sizeof p->head));
}

enum err tail_open(struct scope *sc, const char *path, const char *cursor, struct tail **out)
{
	struct tail *t;
	struct place at = { 0 };

	if (strlen(path) >= MAX_PATH)
		return fail(sc, ERR_INPUT, "the path of the log is too long");
	if (cursor && !parse_cursor(sc, cursor, &at))
		return fail(sc, ERR_INTERNAL, "the log's cursor is not readable: %s", cursor);
	t = calloc(1, sizeof *t);
	if (!t)
		abort();
	memcpy(t->path, path, strlen(path) + 1);
	t->kept = t->at = t->next = at;
	t->from_end = !cursor;
	t->fd = t->next_fd = -1;
	*out = t;
	return ERR_NONE;
}

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void tail_close(struct tail *t)
{
	if (!t)
		return;
	shut(&t->fd);
	shut(&t->next_fd);
	free(t);
}

/* ---- finding files ---- */

static int open_as(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0 && (fstat(fd, st) != 0 || !S_ISREG(st->st_mode)))
		shut(&fd);
	return fd;
}

static int64_t mtime_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* Of the files that begin with the log's name: the one with INODE, or else (INODE 0) the one that
   was last written soonest after AFTER_NS. -1 when there is none. */
static int find_beside(
	struct scope *sc, const struct tail *t, int64_t inode, int64_t after_ns, struct stat *found)
{
	const char *slash = strrchr(t->path, '/');
	const char *folder = arena_copy(sc->mem, t->path, (size_t)(slash - t->path) + 1);
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int best = -1;

	if (!dir)
		return -1;
	while ((entry = readdir(dir))) {
		struct stat st;
		int fd;

		if (!str_starts(entry->d_name, slash + 1))
			continue;
		fd = open_as(arena_printf(sc->mem, "%s%s", folder, entry->d_name), &st);
		if (fd < 0)
			continue;
		if (inode ? (int64_t)st.st_ino == inode
			  : mtime_ns(&st) > after_ns &&
					(best < 0 || mtime_ns(&st) < mtime_ns(found))) {
			shut(&best);
			best = fd;
			*found = st;
		} else {
			shut(&fd);
		}
	}
	closedir(dir);
	return best;
}

static bool is_same_file(int fd, const struct stat *st, const struct place *p)
{
	return (int64_t)st->st_ino == p->inode && st->st_size >= p->offset &&
	       (!p->head || head_of(fd) == p->head);
}

/* The first file that is there: its end when nobody asked for more, else its beginning. */
static void begin(struct tail *t)
{
	struct stat st;
	int fd = open_as(t->path, &st);

	if (fd < 0)
		return;
	t->fd = fd;
	t->at = (struct place){ .inode = (int64_t)st.st_ino,
		.offset = t->from_end ? st.st_size : 0,
		.head = head_of(fd) };
}

/* Opens the file of the cursor, wherever rotation has put it. False when it is gone or another. */
static bool resume(struct scope *sc, struct tail *t)
{
	struct stat st;
	int fd = find_beside(sc, t, t->at.inode, 0, &st);

	if (fd >= 0 && is_same_file(fd, &st, &t->at)) {
		t->fd = fd;
		return true;
	}
	shut(&fd);
	return false;
}

/* After the file at FD has been read to its end: the one written next, if there is one. A packed
   one in between has been lost. */
static int follower_of(struct scope *sc, const struct tail *t, int fd, struct stat *st, bool *gap)
{
	struct stat mine, current;
	int next = open_as(t->path, &current);

	*gap = false;
	if (next < 0 || fstat(fd, &mine) != 0 || current.st_ino == mine.st_ino) {
		shut(&next);
		return -1;
	}
	shut(&next);
	next = find_beside(sc, t, 0, mtime_ns(&mine), st);
	if (next < 0)
		next = open_as(t->path, st);
	if (next >= 0 && st->st_size > 2) {
		unsigned char magic[2];

		/* gzip, xz: only plain text can be read. */
		*gap = pread(next, magic, 2, 0) == 2 &&
		       ((magic[0] == 0x1f && magic[1] == 0x8b) || magic[0] == 0xfd);
		if (*gap) {
			shut(&next);
			next = open_as(t->path, st);
		}
	}
	return next;
}

/* ---- reading ---- */

static void split(
	struct scope *sc, char *data, size_t len, size_t most, struct tail_read *r, size_t *used)
{
	char *from = data;

	r->lines = arena_array(sc->mem, most, sizeof *r->lines);
	while (r->count < most) {
		char *end = memchr(from, '\n', len - (size_t)(from - data));

		if (!end)
			break;
		r->lines[r->count++] = bytes_of(from, (size_t)(end - from));
		from = end + 1;
	}
	/* A line that fills the whole buffer is none of Postfix's: it is taken as it is. */
	if (!r->count && len == CHUNK) {
		r->lines[r->count++] = bytes_of(data, len);
		from = data + len;
	}
	*used = (size_t)(from - data);
}

static enum err read_lines(struct scope *sc, struct tail *t, size_t most, struct tail_read *r)
{
	char *data = arena_alloc(sc->mem, CHUNK);
	ssize_t n = pread(t->fd, data, CHUNK, t->at.offset);
	size_t used;

	if (n < 0)
		return fail(sc, ERR_AWAY, "%s cannot be read: %s", t->path, strerror(errno));
	split(sc, data, (size_t)n, most, r, &used);
	t->next = t->at;
	t->next.offset += (int64_t)used;
	if (!t->next.head)
		t->next.head = head_of(t->fd);
	r->more = used > 0;
	return ERR_NONE;
}

/* At the end of this file: has another one begun? Its lines come with the next read. */
static void step_over(struct scope *sc, struct tail *t, struct tail_read *r)
{
	struct stat st, mine;
	bool gap = false;
	int fd = follower_of(sc, t, t->fd, &st, &gap);

	if (fd < 0)
		return;
	/* Something may have come in between reading and looking. */
	if (fstat(t->fd, &mine) == 0 && mine.st_size > t->next.offset && !gap) {
		shut(&fd);
		r->more = true;
		return;
	}
	t->next = (struct place){ .inode = (int64_t)st.st_ino, .head = head_of(fd) };
	t->next_fd = fd;
	r->broken = r->broken || gap;
	r->more = true;
}

static bool is_same_place(const struct place *a, const struct place *b)
{
	return a->inode == b->inode && a->offset == b->offset && a->head == b->head;
}

enum err tail_read(struct scope *sc, struct tail *t, size_t most, struct tail_read *r)
{
	struct stat st;
	enum err e;

	*r = (struct tail_read){ 0 };
	shut(&t->next_fd);
	if (t->fd < 0 && (!t->at.inode || !resume(sc, t))) {
		bool had = t->at.inode != 0;

		begin(t);
		t->broken = t->broken || (had && t->fd >= 0);
		t->from_end = false;
	}
	if (t->fd < 0)
		return ERR_NONE;
	if (fstat(t->fd, &st) != 0 || !is_same_file(t->fd, &st, &t->at)) {
		/* Cut off under our hands: what is in it now is read from its beginning. */
		t->broken = true;
		t->at = (struct place){ .inode = (int64_t)st.st_ino };
	}
	e = read_lines(sc, t, most, r);
	if (e)
		return e;
	if (!r->more)
		step_over(sc, t, r);
	t->broken = t->broken || r->broken;
	r->broken = t->broken;
	if (!is_same_place(&t->next, &t->kept))
		r->cursor = format_cursor(sc, &t->next);
	return ERR_NONE;
}

void tail_keep(struct tail *t)
{
	t->broken = false;
	t->at = t->kept = t->next;
	if (t->next_fd < 0)
		return;
	shut(&t->fd);
	t->fd = t->next_fd;
	t->next_fd = -1;
}
