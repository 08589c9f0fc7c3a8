/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/engine.h"

#include "net/http.h"
#include "text/json.h"
#include "text/url.h"

#define MAX_ANSWER  (1024 * 1024)
#define TIMEOUT_S   30
#define OLDEST_API  "1.24" /* 2016; all we ask for is in it */
#define WORDS_SHOWN 160

struct engine {
	struct http *http;  /* owned */
	const char *socket; /* borrowed */
	char version[16];   /* "" until it was asked */
};

const char *box_state_name(enum box_state s)
{
	static const char *const names[] = { [BOX_RUNS] = "running",
		[BOX_STARTS] = "starting",
		[BOX_UNHEALTHY] = "unhealthy",
		[BOX_RESTARTS] = "restarting",
		[BOX_ENDED] = "ended" };

	return names[s];
}

struct engine *engine_new(const char *socket)
{
	struct engine *e = calloc(1, sizeof *e);

	if (!e)
		abort();
	e->http = http_new();
	e->socket = socket;
	return e;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	http_free(e->http);
	free(e);
}

/* ---- asking ---- */

static enum err ask(struct scope *sc, struct engine *e, const char *method, const char *path,
	struct http_answer *a)
{
	const struct http_request r = { .method = method,
		.url = arena_printf(sc->mem, "http://docker%s", path),
		.max_answer = MAX_ANSWER,
		.timeout_s = TIMEOUT_S,
		.body = bytes_of(str_eq(method, "POST") ? "" : NULL, 0),
		.unix_socket = e->socket };
	enum err err = http_do(sc, e->http, &r, a);

	if (err == ERR_UPSTREAM)
		return fail(sc, ERR_AWAY, "Docker does not answer at %s", e->socket);
	return err;
}

static enum err ask_json(
	struct scope *sc, struct engine *e, const char *path, const struct json **json)
{
	struct http_answer a;
	enum err err = ask(sc, e, "GET", path, &a);

	if (err)
		return err;
	if (a.status == 404)
		return fail(sc, ERR_MISSING, "Docker knows no %s", path);
	/* Whoever listens there, it is no engine that can be used. */
	if (a.status != 200)
		return fail(sc, ERR_AWAY, "Docker answered %d to %s", a.status, path);
	err = json_parse(sc, a.body, MAX_ANSWER, json);
	if (!err)
		return ERR_NONE;
	scope_clear(sc);
	return fail(sc, ERR_AWAY, "Docker's answer to %s is no JSON", path);
}

static bool is_version(const char *text)
{
	return text && *text && strlen(text) < sizeof((struct engine *)0)->version &&
	       strspn(text, "0123456789.") == strlen(text);
}

/* The newest the engine speaks: old ones are dropped in time. */
static enum err negotiate(struct scope *sc, struct engine *e)
{
	const struct json *json;
	const char *version;
	enum err err = e->version[0] ? ERR_NONE : ask_json(sc, e, "/version", &json);

	if (err || e->version[0])
		return err;
	version = json_text(json, "ApiVersion");
	if (!is_version(version))
		return fail(sc, ERR_AWAY, "Docker does not say which API it speaks");
	snprintf(e->version, sizeof e->version, "%s", version);
	return ERR_NONE;
}

/* ---- containers ---- */

static enum box_state state_of(const struct json *state)
{
	const char *status = json_text(state, "Status");
	const char *health = json_text(json_get(state, "Health"), "Status");

	if (str_eq(status, "restarting"))
		return BOX_RESTARTS;
	if (!json_bool(state, "Running", false))
		return BOX_ENDED;
	if (str_eq(health, "unhealthy"))
		return BOX_UNHEALTHY;
	return str_eq(health, "starting") ? BOX_STARTS : BOX_RUNS;
}

/* {"25/tcp": [{"HostIp": "192.0.2.1", "HostPort": "25"}]}; null where it is asked for nothing. */
static const char *ports_of(struct scope *sc, const struct json *bindings)
{
	struct out o;

	out_init(&o, sc->mem);
	JSON_EACH(list, bindings)
	JSON_EACH(one, list)
	{
		const char *address = json_text(one, "HostIp"), *port = json_text(one, "HostPort");

		if (address && port)
			out_printf(&o, " %s:%s ", address, port);
	}
	return o.data;
}

static enum err read_box(struct scope *sc, struct engine *e, const char *id, struct box *box)
{
	const struct json *json, *labels, *state;
	enum err err = ask_json(
		sc, e, arena_printf(sc->mem, "/v%s/containers/%s/json", e->version, id), &json);

	if (err)
		return err;
	labels = json_get(json_get(json, "Config"), "Labels");
	state = json_get(json, "State");
	*box = (struct box){ .service = json_text(labels, "com.docker.compose.service"),
		.id = id,
		.image = json_text(json, "Image"),
		.state = state_of(state),
		.restarts = json_int(json, "RestartCount", 0),
		.pid = json_int(state, "Pid", 0),
		.ports = ports_of(sc, json_get(json_get(json, "HostConfig"), "PortBindings")) };
	return box->service ? ERR_NONE : fail(sc, ERR_UPSTREAM, "container %s has no service", id);
}

enum err engine_boxes(
	struct scope *sc, struct engine *e, const char *project, struct box **list, size_t *n)
{
	struct out path;
	const struct json *json;
	enum err err = negotiate(sc, e);

	if (err)
		return err;
	out_init(&path, sc->mem);
	out_printf(&path, "/v%s/containers/json?all=1&filters=", e->version);
	url_escape(&path,
		arena_printf(sc->mem, "{\"label\":[\"com.docker.compose.project=%s\"]}", project));
	err = ask_json(sc, e, path.data, &json);
	if (err)
		return err;
	*list = arena_array(sc->mem, json->count + 1, sizeof **list);
	*n = 0;
	JSON_EACH(item, json)
	{
		const char *id = json_text(item, "Id");

		if (!id || strspn(id, "0123456789abcdef") != strlen(id))
			continue;
		err = read_box(sc, e, id, &(*list)[*n]);
		if (err && err != ERR_MISSING)
			return err;
		/* It went while we looked. */
		if (err)
			scope_clear(sc);
		else
			++*n;
	}
	return ERR_NONE;
}

enum err engine_restart(struct scope *sc, struct engine *e, const char *id)
{
	struct http_answer a;
	enum err err = negotiate(sc, e);

	if (!err)
		err = ask(sc, e, "POST",
			arena_printf(sc->mem, "/v%s/containers/%s/restart?t=5", e->version, id),
			&a);
	if (!err && a.status != 204)
		err = fail(sc, ERR_UPSTREAM, "Docker answered %d to a restart", a.status);
	return err;
}

/* Output comes in frames of 8 bytes of header and so many of text. */
const char *engine_last_words(struct scope *sc, struct engine *e, const char *id)
{
	struct http_answer a = { 0 };
	struct out o;

	out_init(&o, sc->mem);
	if (negotiate(sc, e) ||
		ask(sc, e, "GET",
			arena_printf(sc->mem, "/v%s/containers/%s/logs?stdout=1&stderr=1&tail=3",
				e->version, id),
			&a)) {
		scope_clear(sc);
		return "";
	}
	for (size_t at = 0; a.status == 200 && at + 8 <= a.body.len;) {
		const unsigned char *head = (const unsigned char *)a.body.data + at;
		size_t len = (size_t)head[4] << 24 | (size_t)head[5] << 16 | (size_t)head[6] << 8 |
			     head[7];

		at += 8;
		if (len > a.body.len - at)
			len = a.body.len - at;
		for (size_t i = 0; i < len; i++) {
			unsigned char c = ((const unsigned char *)a.body.data)[at + i];

			out_char(&o, c < ' ' || c > '~' ? ' ' : (char)c);
		}
		at += len;
	}
	return str_trim(sc->mem, o.len > WORDS_SHOWN ? o.data + o.len - WORDS_SHOWN : o.data);
}
