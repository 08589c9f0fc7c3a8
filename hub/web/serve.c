/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/serve.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/log.h"
#include "config.h"
#include "store/db.h"
#include "web/live_run.h"

#define ID_REQUEST "req"
/* More than this of a refused body is not read: the connection ends instead. */
#define DRAIN_MAX (64 * 1024)

static const struct header security[] = {
	{ "Content-Security-Policy",
		"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
		"form-action 'self'; frame-ancestors 'none'",
		NULL },
	{ "X-Content-Type-Options", "nosniff", NULL },
	{ "Referrer-Policy", "same-origin", NULL },
	{ "Cross-Origin-Opener-Policy", "same-origin", NULL },
};

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

struct request *request_new(struct web *w, struct hub *hub, const char *spool_dir,
	struct MHD_Connection *conn, const char *uri)
{
	struct request *q = calloc(1, sizeof *q);
	const char *mark = strchr(uri, '?');

	if (!q)
		abort();
	scope_open(&q->sc, &hub->world, "req");
	q->web = w;
	q->conn = conn;
	q->sc.number = new_id(&q->sc);
	q->id = id_format(q->sc.mem, ID_REQUEST, q->sc.number);
	q->path = arena_copy(q->sc.mem, uri, mark ? (size_t)(mark - uri) : strlen(uri));
	q->query = mark ? arena_text(q->sc.mem, mark + 1) : NULL;
	q->started_us = now_us();
	body_init(&q->body, FORM_BODY, spool_dir);
	return q;
}

void request_free(struct request *q)
{
	db_let_go(&q->sc);
	body_done(&q->body);
	scope_close(&q->sc);
	free(q);
}

const char *request_from(const struct request *q)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(q->conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const char *named = web_trusts_proxy(q->web) ? request_header(q, "X-Forwarded-For") : NULL;
	const struct sockaddr *sa = info ? info->client_addr : NULL;
	const void *address;
	char buf[INET6_ADDRSTRLEN];

	if (named) {
		/* The proxy adds the address it saw at the end. */
		const char *comma = strrchr(named, ',');

		return str_trim(q->sc.mem, comma ? comma + 1 : named);
	}
	if (!sa)
		return "";
	address =
		sa->sa_family == AF_INET6
			? (const void *)&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr
			: (const void *)&((const struct sockaddr_in *)(const void *)sa)->sin_addr;
	return inet_ntop(sa->sa_family, address, buf, sizeof buf) ? arena_text(q->sc.mem, buf) : "";
}

/* ---- the answer goes out ---- */

/* A page may have a policy of its own: the preview of a mail is shown in a frame. */
static bool says_itself(const struct request *q, const char *name)
{
	for (const struct header *h = q->answer.headers; h; h = h->next)
		if (str_eq(h->name, name))
			return true;
	return false;
}

static void add_headers(struct request *q, struct MHD_Response *r)
{
	for (size_t i = 0; i < COUNT(security); i++)
		if (!says_itself(q, security[i].name))
			MHD_add_response_header(r, security[i].name, security[i].value);
	MHD_add_response_header(r, "X-Request-Id", q->id);
	if (q->answer.mime)
		MHD_add_response_header(r, "Content-Type", q->answer.mime);
	for (const struct header *h = q->answer.headers; h; h = h->next)
		MHD_add_response_header(r, h->name, h->value);
	if (!MHD_get_response_header(r, "Cache-Control"))
		MHD_add_response_header(r, "Cache-Control", "no-store");
}

static void log_answer(struct request *q, int64_t us)
{
	/* The pattern, not the path: paths carry tokens. */
	const char *pattern = q->match.route ? q->match.route->pattern : "-";
	int status = q->answer.status;

	if (status >= 500 && status != 503)
		log_error(&q->sc, "%s %s answered %d after %lld us: %s", q->method, pattern, status,
			(long long)us, q->sc.why ? q->sc.why : "");
	else if (status >= 400 && q->sc.why)
		log_info(&q->sc, "%s %s answered %d after %lld us: %s", q->method, pattern, status,
			(long long)us, q->sc.why);
	else if (q->match.route)
		log_info(&q->sc, "%s %s answered %d after %lld us", q->method, pattern, status,
			(long long)us);
}

static enum MHD_Result send_answer(struct request *q)
{
	struct answer *a = &q->answer;
	struct MHD_Response *r;
	enum MHD_Result result;
	int64_t us = now_us() - q->started_us;

	q->finished = true;
	if (a->stream)
		r = live_response(q);
	else
		r = MHD_create_response_from_buffer(
			a->body.len, (void *)(uintptr_t)a->body.data, MHD_RESPMEM_PERSISTENT);
	if (!r)
		return MHD_NO;
	add_headers(q, r);
	log_answer(q, us);
	web_count(q->web, a->status, us);
	result = MHD_queue_response(q->conn, (unsigned)a->status, r);
	MHD_destroy_response(r);
	return result;
}

/* ---- the first call ---- */

/* Where the operator gave one address for both, its host also serves the links in mails. */
static bool is_only_host(const struct request *q)
{
	const struct config *c = hub_of(&q->sc)->config;

	return c && str_eq(c->app_url, c->link_url);
}

static bool host_allows(const struct request *q, unsigned kinds)
{
	const unsigned track = 1U << DOOR_TRACK, agent = 1U << DOOR_AGENT;

	if (web_is_agents(q->web))
		return (kinds & agent) != 0;
	if (str_eq(q->host.purpose, HOST_APP) && is_only_host(q))
		return (kinds & ~agent) != 0;
	if (str_eq(q->host.purpose, HOST_APP))
		return (kinds & ~(track | agent)) != 0;
	if (str_eq(q->host.purpose, HOST_LINK) || str_eq(q->host.purpose, HOST_TRACK))
		return (kinds & track) != 0;
	return false;
}

static void refused(struct request *q, int status, const char *why)
{
	q->refused = fail(&q->sc, ERR_INPUT, "%s", why);
	q->refused_status = status;
	q->sc.tell = NULL;
}

static bool find_host(struct request *q)
{
	const char *name = request_header(q, "Host");
	enum err e;

	q->host.scheme = "http";
	if (web_is_agents(q->web))
		return true;
	if (!name) {
		refused(q, 400, "the request names no host");
		return false;
	}
	e = host_find(&q->sc, name, &q->host);
	if (e == ERR_MISSING) {
		q->host.scheme = "http";
		refused(q, 421, "the host is not in the host table");
	} else if (e) {
		q->refused = e;
	}
	return e == ERR_NONE;
}

static void find_route(struct request *q)
{
	/* Without a body the last call follows at once. With one it may take its time, and so no
	   connection of the database. */
	if (!gate_is_unsafe(q))
		q->refused = db_hold(&q->sc);
	if (q->refused || !find_host(q))
		return;
	if (!table_find(web_table(q->web), &q->sc, q->method, q->path, &q->match) ||
		!host_allows(q, q->match.kinds)) {
		q->match.route = NULL;
		refused(q, 404, "no route has this path");
	} else if (!q->match.route) {
		reply_header(q, "Allow", q->match.allow);
		refused(q, 405, "no route has this method");
	} else if (!host_allows(q, 1U << q->match.route->kind)) {
		q->match.route = NULL;
		refused(q, 404, "the host does not serve this route");
	}
}

static void read_query(struct request *q)
{
	if (q->query && url_pairs(&q->sc, bytes_of(q->query, strlen(q->query)), FORM_FIELDS,
				&q->query_pairs, &q->query_count))
		refused(q, 400, "the query is badly written");
}

/* A body that is known to be too large is not read at all. */
static bool is_too_large(struct request *q)
{
	const char *text = request_header(q, "Content-Length");
	int64_t length = 0;

	return text && !str_int(text, 0, (int64_t)q->body.limit, &length);
}

enum MHD_Result serve_start(struct request *q, const char *method)
{
	const struct form *form;

	q->started = true;
	q->method = method;
	read_query(q);
	if (!q->refused && !str_starts(q->path, "/assets/") && !str_eq(q->path, "/healthz") &&
		!str_eq(q->path, "/readyz") && !str_eq(q->path, "/favicon.ico"))
		find_route(q);
	form = q->match.route ? q->match.route->form : NULL;
	q->body.limit = q->refused ? DRAIN_MAX : form && form->body ? form->body : FORM_BODY;
	if (!is_too_large(q))
		return MHD_YES;
	if (!q->refused)
		refused(q, 413, "the body is larger than the route takes");
	return serve_finish(q);
}

enum MHD_Result serve_body(struct request *q, const char *data, size_t len)
{
	enum err e;

	if (q->finished)
		return MHD_YES;
	e = body_add(&q->sc, &q->body, data, len);
	if (e && !q->refused)
		q->refused = e;
	/* A body without a length that does not end is cut off. */
	if (q->body.over && !q->refused)
		refused(q, 413, "the body is larger than the route takes");
	if (q->body.dropped > DRAIN_MAX)
		return MHD_NO;
	return MHD_YES;
}

/* ---- the last call ---- */

static enum err read_input(struct request *q, void **input)
{
	const struct form *form = q->match.route->form;
	struct bytes body;
	enum err e;

	*input = arena_alloc(q->sc.mem, form ? form->size : 1);
	if (!form)
		return ERR_NONE;
	if (!q->input.json && !q->input.parts && !q->input.pairs) {
		q->input.pairs = q->query_pairs;
		q->input.pair_count = q->query_count;
	}
	e = body_all(&q->sc, &q->body, &body);
	return e ? e : form_decode(&q->sc, form, &q->input, *input);
}

/* The body is taken apart before the rights are looked at only as far as the CSRF field needs. */
static enum err read_body(struct request *q)
{
	struct bytes body;
	enum err e = body_all(&q->sc, &q->body, &body);

	if (e || body.len == 0 || !gate_is_unsafe(q) || q->match.route->kind == DOOR_AGENT ||
		q->match.route->kind == DOOR_TRACK)
		return e;
	e = form_read(&q->sc, request_header(q, "Content-Type"), body, q->body.limit, &q->input);
	if (e == ERR_INPUT || e == ERR_LIMIT)
		q->refused_status = 400;
	return e;
}

static enum err run(struct request *q)
{
	void *input = NULL;
	enum err e = db_hold(&q->sc);
	enum err read = ERR_NONE;

	if (!e)
		e = gate_identify(q);
	if (e)
		return e;
	if (q->known || q->match.route->need == NEED_NOBODY ||
		q->match.route->need == NEED_APPLIANCE)
		read = read_body(q);
	if (read)
		return read;
	e = gate_check(q);
	if (!e)
		e = read_input(q, &input);
	if (!e)
		e = q->match.route->run(&q->sc, q, input);
	if (!e && !q->answer.status)
		e = fail(&q->sc, ERR_INTERNAL, "the handler of %s answered nothing",
			q->match.route->pattern);
	return e;
}

enum MHD_Result serve_finish(struct request *q)
{
	enum err e = q->refused;

	if (q->finished)
		return MHD_YES;
	if (!e && !q->match.route) {
		bool served = assets_answer(q);

		assert(served);
		return send_answer(q);
	}
	if (!e)
		e = run(q);
	db_let_go(&q->sc);
	if (e && q->refused_status)
		refuse_with(q, q->refused_status, q->sc.tell);
	else if (e)
		refuse(q, e);
	return send_answer(q);
}
