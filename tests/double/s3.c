/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "double/s3.h"

#include <stdlib.h>
#include <sys/time.h>

#include "double/s3_check.h"
#include "double/s3_priv.h"

/* One request while it comes in. */
struct coming {
	char *uri; /* owned */
	struct blob body;
};

/* ---- going wrong ---- */

/* The fault that is for this request, counted; NULL when it goes well. */
static const struct s3_fault *fault_of(const struct ask *q)
{
	struct s3_fault *f = &q->d->fault;

	if (!f->method || f->times <= 0 || !str_eq(f->method, q->method) ||
		(f->query && (!q->query || !strstr(q->query, f->query))))
		return NULL;
	if (f->after > 0) {
		f->after--;
		return NULL;
	}
	f->times--;
	return f;
}

static struct answer respond(const struct ask *q)
{
	const struct s3_fault *f = fault_of(q);
	struct answer a;

	if (!f || f->kind == S3_FAULT_SHORT)
		return s3_perform(q, f != NULL);
	if (f->kind == S3_FAULT_CUT)
		return (struct answer){ .cut = true };
	if (f->kind != S3_FAULT_VOID)
		return (struct answer){ .status = f->kind == S3_FAULT_200 ? 200 : f->status,
			.code = f->code };
	a = s3_perform(q, false);
	a.cut = true;
	return a;
}

/* ---- the answer ---- */

struct half {
	size_t sent, len;
};

/* Half of what was announced, and then the end of the connection. */
static ssize_t give_half(void *arg, uint64_t pos, char *to, size_t max)
{
	struct half *h = arg;
	size_t n = h->len / 2 - h->sent;

	(void)pos;
	if (n == 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (n > max)
		n = max;
	memset(to, 'x', n);
	h->sent += n;
	return (ssize_t)n;
}

static struct MHD_Response *make(struct scope *sc, const struct answer *a)
{
	const char *text = a->xml ? a->xml : "";
	struct half *h;

	if (a->code)
		text = arena_printf(sc->mem,
			"<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>As told &amp; "
			"expected</Message><RequestId>1</RequestId></Error>",
			a->code);
	if (!a->object.data)
		return MHD_create_response_from_buffer(
			strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	if (!a->half)
		return MHD_create_response_from_buffer(
			a->object.len, (void *)(uintptr_t)a->object.data, MHD_RESPMEM_MUST_COPY);
	h = calloc(1, sizeof *h);
	if (!h)
		abort();
	h->len = a->object.len;
	return MHD_create_response_from_callback(a->object.len, 65536, give_half, h, free);
}

static enum MHD_Result send_answer(
	struct scope *sc, struct MHD_Connection *connection, const struct answer *a)
{
	struct MHD_Response *r;
	enum MHD_Result done;

	if (a->cut)
		return MHD_NO;
	r = make(sc, a);
	if (a->etag)
		MHD_add_response_header(r, "ETag", a->etag);
	if (a->status == 503)
		MHD_add_response_header(r, "Retry-After", "1");
	if (a->all)
		MHD_add_response_header(r, "Content-Range",
			arena_printf(sc->mem, "bytes %lld-%lld/%lld", (long long)a->from,
				(long long)a->from + (long long)a->object.len - 1,
				(long long)a->all));
	done = MHD_queue_response(connection, (unsigned int)a->status, r);
	MHD_destroy_response(r);
	return done;
}

/* ---- the door ---- */

static struct answer judge(struct ask *q, struct MHD_Connection *connection, const char *uri)
{
	static const char bucket[] = "/" S3_DOUBLE_BUCKET "/";
	struct s3_asked asked = { connection, q->method, uri, bytes_of(q->body->data, q->body->len),
		q->d->now(q->d->arg) };
	size_t path = strcspn(uri, "?");
	const char *name = s3_decode(q->sc, uri, path), *code;
	int status;

	q->d->asked++;
	code = s3_check(q->sc, &asked, &status);
	if (code)
		return (struct answer){ .status = status, .code = code };
	if (!str_starts(name, bucket))
		return (struct answer){ .status = 404, .code = "NoSuchBucket" };
	q->name = name + strlen(bucket);
	q->query = uri[path] ? uri + path + 1 : NULL;
	q->range = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Range");
	return respond(q);
}

static void *begin(void *arg, const char *uri, struct MHD_Connection *connection)
{
	struct coming *c = calloc(1, sizeof *c);

	(void)arg;
	(void)connection;
	if (!c)
		abort();
	c->uri = strdup(uri);
	return c;
}

static void end(void *arg, struct MHD_Connection *connection, void **state,
	enum MHD_RequestTerminationCode code)
{
	struct coming *c = *state;

	(void)arg;
	(void)connection;
	(void)code;
	if (!c)
		return;
	free(c->uri);
	free(c->body.data);
	free(c);
	*state = NULL;
}

static void take(struct blob *b, const char *data, size_t len)
{
	b->data = realloc(b->data, b->len + len + 1);
	if (!b->data)
		abort();
	memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = 0;
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *len, void **state)
{
	static const struct world world;
	struct s3_double *d = arg;
	struct coming *c = *state;
	enum MHD_Result done;
	struct answer a;
	struct scope sc;

	(void)url;
	(void)version;
	/* Answered on the first call, the connection would be closed. */
	if (!c->body.data) {
		blob_set(&c->body, "", 0);
		return MHD_YES;
	}
	if (*len) {
		take(&c->body, data, *len);
		*len = 0;
		return MHD_YES;
	}
	scope_open(&sc, &world, "s3");
	pthread_mutex_lock(&d->lock);
	a = judge(&(struct ask){ .sc = &sc, .d = d, .method = method, .body = &c->body },
		connection, c->uri);
	pthread_mutex_unlock(&d->lock);
	done = send_answer(&sc, connection, &a);
	scope_close(&sc);
	return done;
}

/* ---- life ---- */

static int64_t system_now(void *arg)
{
	struct timeval t;

	(void)arg;
	gettimeofday(&t, NULL);
	return (int64_t)t.tv_sec * SECOND_MS + t.tv_usec / 1000;
}

struct s3_double *s3_double_start(int64_t (*now)(void *arg), void *arg)
{
	struct s3_double *d = calloc(1, sizeof *d);

	if (!d)
		abort();
	d->now = now ? now : system_now;
	d->arg = arg;
	d->part_least = S3_PART_LEAST_BYTES;
	pthread_mutex_init(&d->lock, NULL);
	d->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, handle, d,
		MHD_OPTION_URI_LOG_CALLBACK, begin, d, MHD_OPTION_NOTIFY_COMPLETED, end, d,
		MHD_OPTION_END);
	if (!d->daemon)
		abort();
	return d;
}

void s3_double_stop(struct s3_double *d)
{
	if (!d)
		return;
	MHD_stop_daemon(d->daemon);
	for (int i = 0; i < S3_MANY; i++) {
		object_drop(&d->objects[i]);
		if (d->uploads[i])
			upload_drop(&d->uploads[i]);
	}
	pthread_mutex_destroy(&d->lock);
	free(d);
}

int s3_double_port(const struct s3_double *d)
{
	return MHD_get_daemon_info(d->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void s3_double_part_least(struct s3_double *d, size_t bytes)
{
	d->part_least = bytes;
}

void s3_double_fault(struct s3_double *d, const struct s3_fault *f)
{
	pthread_mutex_lock(&d->lock);
	d->fault = f ? *f : (struct s3_fault){ 0 };
	pthread_mutex_unlock(&d->lock);
}

struct bytes s3_double_object(struct scope *sc, struct s3_double *d, const char *name)
{
	struct bytes data = { 0 };

	pthread_mutex_lock(&d->lock);
	for (int i = 0; i < S3_MANY; i++) {
		const struct object *o = &d->objects[i];

		if (o->name && str_eq(o->name, name))
			data = bytes_of(
				arena_copy(sc->mem, o->blob.data, o->blob.len), o->blob.len);
	}
	pthread_mutex_unlock(&d->lock);
	return data;
}

size_t s3_double_objects(struct s3_double *d)
{
	size_t n = 0;

	pthread_mutex_lock(&d->lock);
	for (int i = 0; i < S3_MANY; i++)
		n += d->objects[i].name != NULL;
	pthread_mutex_unlock(&d->lock);
	return n;
}

size_t s3_double_uploads(struct s3_double *d)
{
	size_t n = 0;

	pthread_mutex_lock(&d->lock);
	for (int i = 0; i < S3_MANY; i++)
		n += d->uploads[i] != NULL;
	pthread_mutex_unlock(&d->lock);
	return n;
}

int s3_double_asked(struct s3_double *d)
{
	int n;

	pthread_mutex_lock(&d->lock);
	n = d->asked;
	pthread_mutex_unlock(&d->lock);
	return n;
}
