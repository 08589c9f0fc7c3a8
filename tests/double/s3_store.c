/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "double/s3_priv.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "base/out.h"
#include "double/s3_check.h"

void blob_set(struct blob *to, const void *data, size_t len)
{
	free(to->data);
	to->data = malloc(len + 1);
	if (!to->data)
		abort();
	if (len)
		memcpy(to->data, data, len);
	to->data[len] = 0;
	to->len = len;
}

void object_drop(struct object *o)
{
	free(o->name);
	free(o->blob.data);
	*o = (struct object){ 0 };
}

void upload_drop(struct upload **at)
{
	for (int i = 0; i <= S3_PARTS; i++)
		free((*at)->parts[i].data);
	free((*at)->name);
	free(*at);
	*at = NULL;
}

static const char *etag_of(struct scope *sc, const struct blob *b)
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	EVP_Digest(b->data, b->len, raw, &n, EVP_md5(), NULL);
	return arena_printf(sc->mem, "\"%s\"", str_hex(sc->mem, raw, n));
}

static struct object *find(struct s3_double *d, const char *name)
{
	for (int i = 0; i < S3_MANY; i++)
		if (d->objects[i].name && str_eq(d->objects[i].name, name))
			return &d->objects[i];
	return NULL;
}

static void store(struct s3_double *d, const char *name, const void *data, size_t len)
{
	struct object *o = find(d, name);

	for (int i = 0; !o && i < S3_MANY; i++)
		if (!d->objects[i].name)
			o = &d->objects[i];
	if (!o)
		abort();
	if (!o->name)
		o->name = strdup(name);
	blob_set(&o->blob, data, len);
}

/* The value of NAME in the query; NULL when it is not there. */
static const char *value(const struct ask *q, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = q->query; at && *at;) {
		size_t pair = strcspn(at, "&");

		if (pair > len && strncmp(at, name, len) == 0 && at[len] == '=')
			return s3_decode(q->sc, at + len + 1, pair - len - 1);
		at += pair + (at[pair] == '&');
	}
	return NULL;
}

/* Ids have what must be escaped, in an answer and in a query. */
static struct upload **upload_of(const struct ask *q)
{
	const char *id = value(q, "uploadId");

	for (int i = 0; i < S3_MANY; i++) {
		struct upload *u = q->d->uploads[i];

		if (u && str_eq(u->name, q->name) &&
			str_eq(id, arena_printf(q->sc->mem, "up/%d&=", u->number)))
			return &q->d->uploads[i];
	}
	return NULL;
}

static struct answer refuse(int status, const char *code)
{
	return (struct answer){ .status = status, .code = code };
}

static struct answer put_object(const struct ask *q, bool half)
{
	store(q->d, q->name, q->body->data, half ? q->body->len / 2 : q->body->len);
	return (struct answer){ .status = 200, .etag = etag_of(q->sc, q->body) };
}

static struct answer put_part(const struct ask *q, bool half)
{
	struct upload **u = upload_of(q);
	const char *text = value(q, "partNumber");
	int64_t number;

	if (!u)
		return refuse(404, "NoSuchUpload");
	if (!text || !str_int(text, 1, S3_PARTS, &number))
		return refuse(400, "InvalidArgument");
	blob_set(&(*u)->parts[number], q->body->data, half ? q->body->len / 2 : q->body->len);
	return (struct answer){ .status = 200, .etag = etag_of(q->sc, &(*u)->parts[number]) };
}

static struct answer begin_upload(const struct ask *q)
{
	for (int i = 0; i < S3_MANY; i++) {
		struct upload *u;

		if (q->d->uploads[i])
			continue;
		u = calloc(1, sizeof *u);
		if (!u)
			abort();
		q->d->uploads[i] = u;
		u->name = strdup(q->name);
		u->number = ++q->d->numbers;
		return (struct answer){ .status = 200,
			.xml = arena_printf(q->sc->mem,
				"<InitiateMultipartUploadResult><UploadId>up/%d&amp;=</UploadId>"
				"</InitiateMultipartUploadResult>",
				u->number) };
	}
	return refuse(503, "SlowDown");
}

/* The parts that are named, in order, with their ETags; of those before the last none is small. */
static struct answer end_upload(const struct ask *q)
{
	struct upload **u = upload_of(q);
	const char *at = q->body->data;
	long before = 0;
	struct out whole;

	if (!u)
		return refuse(404, "NoSuchUpload");
	out_init(&whole, q->sc->mem);
	while ((at = strstr(at, "<PartNumber>"))) {
		long number = strtol(at + strlen("<PartNumber>"), NULL, 10);
		const struct blob *b;

		if (number <= before || number > S3_PARTS)
			return refuse(400, "InvalidPartOrder");
		before = number;
		b = &(*u)->parts[number];
		at = strstr(at, "<ETag>");
		if (!b->data || !at || !str_starts(at + strlen("<ETag>"), etag_of(q->sc, b)))
			return refuse(400, "InvalidPart");
		if (strstr(at, "<PartNumber>") && b->len < q->d->part_least)
			return refuse(400, "EntityTooSmall");
		out_bytes(&whole, b->data, b->len);
	}
	store(q->d, q->name, whole.data, whole.len);
	upload_drop(u);
	return (struct answer){ .status = 200,
		.xml = "<CompleteMultipartUploadResult><ETag>\"x-2\"</ETag>"
		       "</CompleteMultipartUploadResult>" };
}

static struct answer remove_object(const struct ask *q)
{
	struct upload **u = upload_of(q);
	struct object *o = find(q->d, q->name);

	if (value(q, "uploadId") && !u)
		return refuse(404, "NoSuchUpload");
	if (u)
		upload_drop(u);
	else if (o)
		object_drop(o);
	return (struct answer){ .status = 204 };
}

static struct answer get_object(const struct ask *q, bool half)
{
	struct object *o = find(q->d, q->name);
	struct answer a = { .status = 200, .half = half };
	long long from, to;
	const char *data;

	if (!o)
		return refuse(404, "NoSuchKey");
	data = arena_copy(q->sc->mem, o->blob.data, o->blob.len);
	a.etag = etag_of(q->sc, &o->blob);
	a.object = bytes_of(data, o->blob.len);
	if (!q->range || sscanf(q->range, "bytes=%lld-%lld", &from, &to) != 2)
		return a;
	if (from < 0 || to < from || from >= (long long)o->blob.len)
		return refuse(416, "InvalidRange");
	if (to >= (long long)o->blob.len)
		to = (long long)o->blob.len - 1;
	a.status = 206;
	a.from = from;
	a.all = (int64_t)o->blob.len;
	a.object = bytes_of(data + from, (size_t)(to - from + 1));
	return a;
}

struct answer s3_perform(const struct ask *q, bool half)
{
	bool post = str_eq(q->method, "POST");

	if (str_eq(q->method, "PUT"))
		return value(q, "uploadId") ? put_part(q, half) : put_object(q, half);
	if (post && q->query && str_starts(q->query, "uploads"))
		return begin_upload(q);
	if (post && value(q, "uploadId"))
		return end_upload(q);
	if (str_eq(q->method, "DELETE"))
		return remove_object(q);
	if (str_eq(q->method, "GET") || str_eq(q->method, "HEAD"))
		return get_object(q, half);
	return refuse(501, "NotImplemented");
}
