/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/multipart.h"

#include <string.h>
#include <strings.h>

#define BOUNDARY_MAX 70 /* RFC 2046 §5.1.1 */
#define HEAD_MAX     4096

/* The value of NAME= in a header, quoted or not; NULL where it is absent. */
static const char *parameter(struct scope *sc, const char *header, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = strchr(header, ';'); at; at = strchr(at, ';')) {
		at += 1 + strspn(at + 1, " \t");
		if (strncasecmp(at, name, len) != 0 || at[len] != '=')
			continue;
		at += len + 1;
		if (*at == '"') {
			const char *end = strchr(at + 1, '"');

			return end ? arena_copy(sc->mem, at + 1, (size_t)(end - at - 1)) : NULL;
		}
		return arena_copy(sc->mem, at, strcspn(at, "; \t\r\n"));
	}
	return NULL;
}

static enum err broken(struct scope *sc)
{
	return fail(sc, ERR_INPUT, "the form's parts are not well formed");
}

/* The value of the part's Content-Disposition line, or NULL. */
static const char *disposition(struct scope *sc, const char *head, size_t len)
{
	static const char name[] = "content-disposition:";
	const char *end = head + len;

	while (head < end) {
		const char *stop = memmem(head, (size_t)(end - head), "\r\n", 2);
		size_t line = (size_t)((stop ? stop : end) - head);

		if (line > sizeof name && strncasecmp(head, name, sizeof name - 1) == 0)
			return arena_copy(
				sc->mem, head + sizeof name - 1, line - (sizeof name - 1));
		head += line + 2;
	}
	return NULL;
}

static enum err read_part(struct scope *sc, const char *at, size_t len, struct part *p)
{
	const char *blank = memmem(at, len > HEAD_MAX ? HEAD_MAX : len, "\r\n\r\n", 4);
	const char *line;

	if (!blank)
		return broken(sc);
	line = disposition(sc, at, (size_t)(blank - at));
	if (!line || !str_is_utf8(line, strlen(line)))
		return broken(sc);
	p->name = parameter(sc, line, "name");
	p->filename = parameter(sc, line, "filename");
	if (!p->name)
		return broken(sc);
	blank += 4;
	p->data = bytes_of(blank, len - (size_t)(blank - at));
	return ERR_NONE;
}

enum err multipart_parse(struct scope *sc, const char *content_type, struct bytes body,
	struct part **parts, size_t *n)
{
	const char *boundary = parameter(sc, content_type, "boundary");
	const char *at = body.data, *end = at + body.len;
	struct part *list = arena_array(sc->mem, MULTIPART_PARTS, sizeof *list);
	const char *mark;
	size_t mark_len, count = 0;

	if (str_empty(boundary) || strlen(boundary) > BOUNDARY_MAX)
		return broken(sc);
	/* The line break before a boundary belongs to it; the first has none. */
	mark = arena_printf(sc->mem, "\r\n--%s", boundary);
	mark_len = strlen(mark);
	if (body.len < mark_len || memcmp(at, mark + 2, mark_len - 2) != 0)
		return broken(sc);
	at += mark_len - 2;
	while (end - at >= 2 && memcmp(at, "\r\n", 2) == 0) {
		const char *stop;
		enum err e;

		at += 2;
		/* A part may be empty of headers' text but not of its blank line, so the next
		   boundary is looked for from its first byte on. */
		stop = memmem(at, (size_t)(end - at), mark, mark_len);
		if (!stop)
			return broken(sc);
		if (count == MULTIPART_PARTS)
			return fail(sc, ERR_LIMIT, "more than %d fields", MULTIPART_PARTS);
		e = read_part(sc, at, (size_t)(stop - at), &list[count++]);
		if (e)
			return e;
		at = stop + mark_len;
	}
	if (end - at < 2 || memcmp(at, "--", 2) != 0)
		return broken(sc);
	*parts = list;
	*n = count;
	return ERR_NONE;
}
