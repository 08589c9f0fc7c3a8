/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "client.h"

#include "base/out.h"

#define ANSWER_BYTES (8 << 20)
#define BOUNDARY     "penguin-boundary-7d3f"

struct client client_new(const char *base, const char *key)
{
	return (struct client){ base, key, http_new() };
}

void client_free(struct client *c)
{
	http_free(c->http);
	c->http = NULL;
}

static const char *const *headers_of(struct scope *sc, const struct client *c, const char *type)
{
	const char **list = arena_array(sc->mem, 4, sizeof *list);
	size_t n = 0;

	if (c->key)
		list[n++] = arena_printf(sc->mem, "Authorization: Bearer %s", c->key);
	if (type)
		list[n++] = arena_printf(sc->mem, "Content-Type: %s", type);
	list[n++] = "Accept: application/json";
	list[n] = NULL;
	return list;
}

static enum err send_body(struct scope *sc, struct client *c, const char *method, const char *path,
	const char *type, struct bytes body, struct http_answer *a)
{
	const struct http_request r = { .method = method,
		.url = arena_printf(sc->mem, "%s%s", c->base, path),
		.headers = headers_of(sc, c, type),
		.body = body,
		.max_answer = ANSWER_BYTES };

	return http_do(sc, c->http, &r, a);
}

static const struct json *json_of(struct scope *sc, const struct http_answer *a)
{
	const struct json *json = NULL;

	if (a->body.len > 0 && json_parse(sc, a->body, ANSWER_BYTES, &json))
		scope_clear(sc);
	return json;
}

static enum err refused(
	struct scope *sc, const char *method, const char *path, const struct http_answer *a)
{
	return fail(sc, ERR_UPSTREAM, "%s %s answered %d: %.*s", method, path, a->status,
		(int)(a->body.len < 2000 ? a->body.len : 2000),
		a->body.data ? (const char *)a->body.data : "");
}

enum err client_call(struct scope *sc, struct client *c, const char *method, const char *path,
	const char *body, int *status, const struct json **json)
{
	struct http_answer a = { 0 };
	struct bytes bytes = bytes_of(body, body ? strlen(body) : 0);
	enum err e = send_body(sc, c, method, path, body ? "application/json" : NULL, bytes, &a);

	if (e)
		return e;
	if (status)
		*status = a.status;
	if (json)
		*json = json_of(sc, &a);
	return ERR_NONE;
}

enum err client_do(struct scope *sc, struct client *c, const char *method, const char *path,
	const char *body, const struct json **json)
{
	struct http_answer a = { 0 };
	struct bytes bytes = bytes_of(body, body ? strlen(body) : 0);
	enum err e = send_body(sc, c, method, path, body ? "application/json" : NULL, bytes, &a);

	if (e)
		return e;
	if (a.status < 200 || a.status > 299)
		return refused(sc, method, path, &a);
	if (json)
		*json = json_of(sc, &a);
	return ERR_NONE;
}

enum err client_raw(
	struct scope *sc, struct client *c, const struct http_request *r, struct http_answer *a)
{
	struct http_request whole = *r;

	if (*whole.url == '/')
		whole.url = arena_printf(sc->mem, "%s%s", c->base, whole.url);
	if (whole.max_answer == 0)
		whole.max_answer = ANSWER_BYTES;
	return http_do(sc, c->http, &whole, a);
}

enum err client_upload(struct scope *sc, struct client *c, const char *path, const char *field,
	const char *file_name, struct bytes data, const struct json **json)
{
	struct http_answer a = { 0 };
	struct out o;
	enum err e;

	out_init(&o, sc->mem);
	out_printf(&o,
		"--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\n"
		"Content-Type: text/csv\r\n\r\n",
		field, file_name);
	out_bytes(&o, data.data, data.len);
	out_text(&o, "\r\n--" BOUNDARY "--\r\n");
	e = send_body(sc, c, "POST", path, "multipart/form-data; boundary=" BOUNDARY,
		bytes_of(o.data, o.len), &a);
	if (e)
		return e;
	if (a.status < 200 || a.status > 299)
		return refused(sc, "POST", path, &a);
	if (json)
		*json = json_of(sc, &a);
	return ERR_NONE;
}
