/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Files to and from the store, in parts where they are large. */
#include "backup/s3_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/s3_xml.h"
#include "base/out.h"
#include "base/str.h"
#include "text/url.h"

#define ETAG_MAX 200

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* *LENGTH -1: there is no NAME. An answer to HEAD has no words: why it was refused is asked again.
 */
static enum err length_of(struct scope *sc, struct s3 *s, const char *name, int64_t *length)
{
	struct s3_call c = { .method = "HEAD", .name = name, .query = "" };
	struct http_answer a;
	enum err e = s3_call(sc, s, &c, &a);

	if (e)
		return e;
	*length = a.status == 200 ? a.length : -1;
	if (a.status == 200 || a.status == 404)
		return ERR_NONE;
	c.method = "GET";
	c.to = 1;
	e = s3_call(sc, s, &c, &a);
	return e ? e : s3_refused(sc, &c, &a);
}

static enum err remove_one(struct scope *sc, struct s3 *s, const char *name, const char *query)
{
	const struct s3_call c = { .method = "DELETE", .name = name, .query = query };
	struct http_answer a;
	enum err e = s3_call(sc, s, &c, &a);

	return !e && a.status >= 300 ? s3_refused(sc, &c, &a) : e;
}

static enum err read_at(struct scope *sc, int fd, int64_t at, int64_t len, struct bytes *data)
{
	char *to = arena_alloc(sc->mem, (size_t)len + 1);

	for (int64_t have = 0; have < len;) {
		ssize_t n = pread(fd, to + have, (size_t)(len - have), at + have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(sc, ERR_AWAY, "the file for the store cannot be read: %m");
		have += n;
	}
	*data = bytes_of(to, (size_t)len);
	return ERR_NONE;
}

/* ---- in parts ---- */

struct upload {
	struct s3 *s;
	const char *name;
	const char *id; /* as it stands in a query */
	int fd;
	int64_t size, part;
	struct out done; /* the list of parts that ends it */
};

static enum err begin(struct scope *sc, struct upload *u)
{
	const struct s3_call c = {
		.method = "POST", .name = u->name, .query = "uploads=", .body = bytes_of("", 0)
	};
	struct http_answer a;
	const char *id;
	struct out o;
	enum err e = s3_call(sc, u->s, &c, &a);

	if (e)
		return e;
	if (a.status != 200)
		return s3_refused(sc, &c, &a);
	id = s3_xml_text(sc, a.body, "UploadId");
	if (str_empty(id))
		return fail(sc, ERR_UPSTREAM, "the store began an upload without naming it");
	out_init(&o, sc->mem);
	url_escape(&o, id);
	u->id = o.data;
	out_init(&u->done, sc->mem);
	out_text(&u->done, "<CompleteMultipartUpload>");
	return ERR_NONE;
}

/* In an arena of its own: a backup may have thousands. */
static enum err put_part(struct scope *parent, struct upload *u, int number)
{
	int64_t at = (int64_t)(number - 1) * u->part;
	int64_t len = u->size - at < u->part ? u->size - at : u->part;
	struct s3_call c = { .method = "PUT", .name = u->name };
	struct http_answer a;
	struct scope sc;
	enum err e;

	scope_open_for(&sc, parent, 0);
	c.query = arena_printf(sc.mem, "partNumber=%d&uploadId=%s", number, u->id);
	e = read_at(&sc, u->fd, at, len, &c.body);
	if (!e)
		e = s3_call(&sc, u->s, &c, &a);
	if (!e && a.status != 200)
		e = s3_refused(&sc, &c, &a);
	if (!e && (str_empty(a.etag) || strlen(a.etag) > ETAG_MAX || strpbrk(a.etag, "<>&")))
		e = fail(&sc, ERR_UPSTREAM, "the store took a part without a usable ETag");
	if (!e)
		out_printf(&u->done, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>",
			number, a.etag);
	if (e)
		(void)fail(parent, e, "%s", sc.why);
	scope_close(&sc);
	return e;
}

/* May say 200 and hold an error all the same. One that was answered into the void is seen as done
   by the length that the caller asks for. */
static enum err complete(struct scope *sc, struct upload *u)
{
	struct s3_call c = { .method = "POST", .name = u->name };
	struct http_answer a;
	enum err e = ERR_NONE;

	out_text(&u->done, "</CompleteMultipartUpload>");
	c.query = arena_printf(sc->mem, "uploadId=%s", u->id);
	c.body = bytes_of(u->done.data, u->done.len);
	for (int try = 0; try < 3; try++) {
		e = s3_call(sc, u->s, &c, &a);
		if (e || a.status == 404)
			return e;
		if (a.status == 200 && !s3_xml_text(sc, a.body, "Code"))
			return ERR_NONE;
		e = s3_refused(sc, &c, &a);
		if (a.status != 200)
			return e;
	}
	return e;
}

static enum err put_parts(struct scope *sc, struct upload *u)
{
	int count = (int)((u->size + u->part - 1) / u->part);
	const char *why;
	enum err e = begin(sc, u);

	if (e)
		return e;
	for (int i = 1; !e && i <= count; i++)
		e = put_part(sc, u, i);
	if (!e)
		e = complete(sc, u);
	if (!e)
		return ERR_NONE;
	/* Parts that nobody ends are paid for. */
	why = arena_text(sc->mem, sc->why);
	if (remove_one(sc, u->s, u->name, arena_printf(sc->mem, "uploadId=%s", u->id)))
		return fail(sc, e, "%s; what was begun stays there", why);
	return fail(sc, e, "%s", why);
}

/* ---- whole files ---- */

static enum err put_whole(struct scope *sc, struct upload *u)
{
	struct s3_call c = { .method = "PUT", .name = u->name, .query = "" };
	struct http_answer a;
	enum err e = read_at(sc, u->fd, 0, u->size, &c.body);

	if (!e)
		e = s3_call(sc, u->s, &c, &a);
	return !e && a.status != 200 ? s3_refused(sc, &c, &a) : e;
}

/* What the store keeps is counted, whatever it said. */
static enum err check(struct scope *sc, const struct upload *u)
{
	int64_t length;
	enum err e = length_of(sc, u->s, u->name, &length);

	if (e || length == u->size)
		return e;
	if (length >= 0 && remove_one(sc, u->s, u->name, ""))
		scope_clear(sc);
	return fail(sc, ERR_UPSTREAM, "the store keeps %lld of the %lld bytes of %s",
		(long long)length, (long long)u->size, u->name);
}

enum err s3_put_file(struct scope *sc, struct s3 *s, const char *name, const char *path)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct upload u = { .s = s, .name = name, .fd = fd, .part = s3_part(s) };
	struct stat st;
	int64_t length;
	enum err e;

	if (fd < 0 || fstat(fd, &st))
		return fail(sc, ERR_AWAY, "%s: %m", path);
	u.size = st.st_size;
	while (u.part * S3_PARTS < u.size)
		u.part *= 2;
	if (u.part > S3_PART_MOST)
		return fail(sc, ERR_LIMIT, "%s is too large for the store", path);
	e = length_of(sc, s, name, &length);
	if (!e && length >= 0)
		return fail(sc, ERR_CONFLICT, "%s exists in the store", name);
	if (!e)
		e = u.size > u.part ? put_parts(sc, &u) : put_whole(sc, &u);
	return e ? e : check(sc, &u);
}

/* A range, in an arena of its own. */
static enum err get_range(
	struct scope *parent, struct s3 *s, const char *name, int fd, int64_t from, int64_t to)
{
	const struct s3_call c = {
		.method = "GET", .name = name, .query = "", .from = from, .to = to
	};
	struct http_answer a;
	struct scope sc;
	enum err e;

	scope_open_for(&sc, parent, 0);
	e = s3_call(&sc, s, &c, &a);
	if (!e && a.status != 206)
		e = s3_refused(&sc, &c, &a);
	if (!e && (int64_t)a.body.len != to - from + 1)
		e = fail(&sc, ERR_UPSTREAM, "the store gave %zu bytes of %s instead of %lld",
			a.body.len, name, (long long)to - from + 1);
	if (!e && pwrite(fd, a.body.data, a.body.len, from) != (ssize_t)a.body.len)
		e = fail(&sc, ERR_AWAY, "what the store gave cannot be written: %m");
	if (e)
		(void)fail(parent, e, "%s", sc.why);
	scope_close(&sc);
	return e;
}

enum err s3_get_file(struct scope *sc, struct s3 *s, const char *name, const char *path)
{
	CLEANUP(close_fd) int fd = -1;
	int64_t length;
	enum err e = length_of(sc, s, name, &length);

	if (!e && length < 0)
		return fail(sc, ERR_MISSING, "there is no %s in the store", name);
	if (e)
		return e;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(sc, ERR_AWAY, "%s: %m", path);
	for (int64_t at = 0; !e && at < length; at += s3_part(s)) {
		int64_t last = at + s3_part(s) - 1;

		e = get_range(sc, s, name, fd, at, last < length ? last : length - 1);
	}
	return e;
}
