/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "backup/s3_priv.h"

#include <stdlib.h>

#include "backup/s3_xml.h"
#include "base/file.h"
#include "base/str.h"
#include "config.h"
#include "crypt/sigv4.h"
#include "hub.h"

#define SECRET_MAX 256
#define TRIES      6
#define WAIT_MS    250 /* doubles with each try, unless the store says how long */
#define ANSWER     ((size_t)S3_PART_MOST + 65536)
#define TIMEOUT_S  600

struct s3 {
	const struct config *config; /* borrowed */
	struct http *http;           /* owned */
	int64_t part;
	char secret[SECRET_MAX + 1];
};

int64_t s3_part(const struct s3 *s)
{
	return s->part;
}

void s3_part_set(struct s3 *s, int64_t bytes)
{
	s->part = bytes;
}

enum err s3_open(struct scope *sc, struct s3 **out)
{
	const struct config *c = hub_of(sc)->config;
	const char *secret;
	struct s3 *s;
	enum err e;

	if (str_empty(c->s3_endpoint))
		return fail(sc, ERR_INPUT, "backup.s3.endpoint is not set");
	e = file_text(sc, c->s3_secret_file, SECRET_MAX, &secret);
	if (e)
		return e;
	s = calloc(1, sizeof *s);
	if (!s)
		abort();
	s->config = c;
	s->part = S3_PART_LEAST;
	s->http = http_new();
	snprintf(s->secret, sizeof s->secret, "%s", secret);
	*out = s;
	return ERR_NONE;
}

void s3_close(struct s3 *s)
{
	if (!s)
		return;
	http_free(s->http);
	explicit_bzero(s->secret, sizeof s->secret);
	free(s);
}

/* ---- one request ---- */

/* "https://host:port/" → "host:port" */
static const char *host_of(struct scope *sc, const char *url)
{
	const char *host = strstr(url, "://") + 3;

	return arena_copy(sc->mem, host, strcspn(host, "/"));
}

static const char *const *sign(
	struct scope *sc, const struct s3 *s, const struct s3_call *c, const char *path)
{
	const struct config *conf = s->config;
	const char *range =
		arena_printf(sc->mem, "bytes=%lld-%lld", (long long)c->from, (long long)c->to);
	struct sigv4_header headers[4];
	struct sigv4 v = { .key = conf->s3_key_id,
		.secret = s->secret,
		.region = conf->s3_region,
		.service = "s3",
		.time = sigv4_time(sc, now_real(sc).ms),
		.method = c->method,
		.path = path,
		.query = c->query,
		.body_hash = sigv4_hash(sc, c->body.data ? c->body : bytes_of("", 0)),
		.headers = headers };
	const char **lines = arena_array(sc->mem, 8, sizeof *lines);
	size_t n = 0;

	headers[n++] = (struct sigv4_header){ "host", host_of(sc, conf->s3_endpoint) };
	if (c->to)
		headers[n++] = (struct sigv4_header){ "range", range };
	headers[n++] = (struct sigv4_header){ "x-amz-content-sha256", v.body_hash };
	headers[n++] = (struct sigv4_header){ "x-amz-date", v.time };
	v.header_count = n;
	for (size_t i = 0; i < n; i++)
		lines[i] = arena_printf(sc->mem, "%s: %s", headers[i].name, headers[i].value);
	lines[n++] = arena_printf(sc->mem, "Authorization: %s", sigv4_sign(sc, &v));
	lines[n++] = "Content-Type: application/octet-stream";
	lines[n] = NULL;
	return lines;
}

static enum err send_once(
	struct scope *sc, struct s3 *s, const struct s3_call *c, struct http_answer *a)
{
	const struct config *conf = s->config;
	const char *base = conf->s3_endpoint;
	int len = (int)(strlen(base) - str_ends(base, "/"));
	const char *path =
		sigv4_path(sc, arena_printf(sc->mem, "/%s/%s", conf->s3_bucket, c->name));

	return http_do(sc, s->http,
		&(struct http_request){ .method = c->method,
			.url = arena_printf(sc->mem, "%.*s%s%s%s", len, base, path,
				*c->query ? "?" : "", c->query),
			.headers = sign(sc, s, c, path),
			.body = c->body,
			.max_answer = ANSWER,
			.timeout_s = TIMEOUT_S,
			.ca_file = str_empty(conf->s3_ca_file) ? NULL : conf->s3_ca_file },
		a);
}

static bool is_busy(int status)
{
	return status == 429 || status == 500 || (status >= 502 && status <= 504);
}

static void wait_a_while(int try, int64_t retry_after_s)
{
	int64_t ms = retry_after_s ? retry_after_s * SECOND_MS : (int64_t)WAIT_MS << try;

	if (ms > MINUTE_MS)
		ms = MINUTE_MS;
	nanosleep(&(struct timespec){ ms / 1000, (ms % 1000) * 1000000 }, NULL);
}

enum err s3_call(struct scope *sc, struct s3 *s, const struct s3_call *c, struct http_answer *a)
{
	enum err e = ERR_NONE;

	for (int try = 0; try < TRIES; try++) {
		scope_clear(sc);
		e = send_once(sc, s, c, a);
		if (e && e != ERR_UPSTREAM)
			return e;
		if (!e && !is_busy(a->status))
			return ERR_NONE;
		if (try + 1 < TRIES)
			wait_a_while(try, e ? 0 : a->retry_after_s);
	}
	return e ? e : s3_refused(sc, c, a);
}

enum err s3_refused(struct scope *sc, const struct s3_call *c, const struct http_answer *a)
{
	const char *code = s3_xml_text(sc, a->body, "Code");
	const char *text = s3_xml_text(sc, a->body, "Message");

	return fail(sc, a->status == 404 ? ERR_MISSING : ERR_UPSTREAM,
		"the store answers %s of %s with %d %s%s%s", c->method, c->name, a->status,
		code ? code : "", text ? ": " : "", text ? text : "");
}
