/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/body.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void body_init(struct body *b, size_t limit, const char *dir)
{
	*b = (struct body){ .limit = limit, .fd = -1, .dir = dir };
}

static enum err write_all(struct scope *sc, struct body *b, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(b->fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(sc, ERR_AWAY, "cannot keep a large body in %s: %s", b->dir,
				strerror(errno));
		data += n;
		len -= (size_t)n;
	}
	return ERR_NONE;
}

static enum err to_file(struct scope *sc, struct body *b)
{
	b->fd = open(b->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (b->fd < 0)
		return fail(sc, ERR_AWAY, "cannot make a file for a large body in %s: %s", b->dir,
			strerror(errno));
	return write_all(sc, b, b->data, b->len);
}

static void to_memory(struct scope *sc, struct body *b, const void *data, size_t len)
{
	if (b->len + len + 1 > b->cap) {
		char *old = b->data;

		b->cap = (b->len + len + 1) * 2;
		b->data = arena_alloc(sc->mem, b->cap);
		if (b->len)
			memcpy(b->data, old, b->len);
	}
	memcpy(b->data + b->len, data, len);
	b->data[b->len + len] = 0;
}

enum err body_add(struct scope *sc, struct body *b, const void *data, size_t len)
{
	enum err e = ERR_NONE;

	if (b->over || len > b->limit - b->len) {
		b->over = true;
		b->dropped += len;
		return ERR_NONE;
	}
	if (b->fd < 0 && b->len + len > BODY_IN_MEMORY)
		e = to_file(sc, b);
	if (e)
		return e;
	if (b->fd >= 0)
		e = write_all(sc, b, data, len);
	else
		to_memory(sc, b, data, len);
	if (!e)
		b->len += len;
	return e;
}

enum err body_all(struct scope *sc, struct body *b, struct bytes *all)
{
	if (b->fd >= 0 && !b->mapped) {
		void *map = mmap(NULL, b->len, PROT_READ, MAP_PRIVATE, b->fd, 0);

		if (map == MAP_FAILED)
			return fail(sc, ERR_AWAY, "cannot map a large body: %s", strerror(errno));
		b->data = map;
		b->mapped = true;
	}
	*all = bytes_of(b->data ? b->data : "", b->len);
	return ERR_NONE;
}

void body_done(struct body *b)
{
	if (b->mapped)
		munmap(b->data, b->len);
	if (b->fd >= 0)
		close(b->fd);
	b->mapped = false;
	b->fd = -1;
	b->data = NULL;
}
