/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>

#include "double.h"

#define MAX_BODY (256 * 1024)

struct request {
	struct arena *mem; /* owned */
	struct out body;
};

/* SQLite has one connection, so one request is answered at a time. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const char *header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

static const char *peer(struct scope *sc, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	char text[INET_ADDRSTRLEN] = "?";

	if (info && info->client_addr->sa_family == AF_INET)
		inet_ntop(AF_INET,
			&((const struct sockaddr_in *)(const void *)info->client_addr)->sin_addr,
			text, sizeof text);
	return arena_text(sc->mem, text);
}

static void route(struct scope *sc, const struct ask *q, struct answer *a)
{
	struct in_addr address;

	a->status = 404;
	if (str_eq(q->path, "/ping"))
		a->status = 200;
	else if (str_starts(q->path, "/internal/"))
		internal(sc, q, a);
	else if (inet_pton(AF_INET, q->real_ip, &address) != 1)
		answer_http(a, 500, "Internal Server Error");
	else if (str_starts(q->path, "/api/v1/"))
		api(sc, q, a);
}

static enum MHD_Result respond(struct MHD_Connection *c, const struct answer *a)
{
	struct MHD_Response *r =
		MHD_create_response_from_buffer(a->body.len, a->body.data, MHD_RESPMEM_MUST_COPY);
	const struct {
		const char *name, *value;
	} headers[] = { { "Content-Type", a->html ? "text/html" : "application/json" },
		{ "Auth-Status", a->auth_status }, { "Auth-Server", a->auth_server },
		{ "Auth-Port", a->auth_port } };
	enum MHD_Result done;

	for (size_t i = 0; i < COUNT(headers); i++)
		if (headers[i].value)
			MHD_add_response_header(r, headers[i].name, headers[i].value);
	done = MHD_queue_response(c, (unsigned)a->status, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result answer_it(struct double_world *w, struct MHD_Connection *c,
	const char *method, const char *path, struct request *r)
{
	struct scope sc;
	struct answer a = { 0 };
	struct ask q = { .method = method,
		.path = path,
		.authorization = header(c, "Authorization"),
		.content_type = header(c, "Content-Type"),
		.real_ip = header(c, "X-Real-IP"),
		.user = header(c, "Auth-User"),
		.pass = header(c, "Auth-Pass"),
		.protocol = header(c, "Auth-Protocol"),
		.auth_method = header(c, "Auth-Method"),
		.client_ip = header(c, "Client-Ip"),
		.body = bytes_of(r->body.data, r->body.len) };
	enum MHD_Result done;

	scope_open(&sc, &w->world, "double");
	out_init(&a.body, sc.mem);
	if (!q.real_ip)
		q.real_ip = peer(&sc, c);
	pthread_mutex_lock(&lock);
	route(&sc, &q, &a);
	pthread_mutex_unlock(&lock);
	done = respond(c, &a);
	scope_close(&sc);
	return done;
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *c, const char *path,
	const char *method, const char *version, const char *data, size_t *len, void **state)
{
	struct request *r = *state;

	if (!r) {
		r = *state = calloc(1, sizeof *r);
		if (!r)
			abort();
		r->mem = arena_new();
		out_init(&r->body, r->mem);
		return MHD_YES;
	}
	if (*len > 0) {
		if (r->body.len + *len > MAX_BODY)
			return MHD_NO;
		out_bytes(&r->body, data, *len);
		*len = 0;
		return MHD_YES;
	}
	return answer_it(arg, c, method, path, r);
}

static void completed(
	void *arg, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
	struct request *r = *state;

	if (!r)
		return;
	arena_free(r->mem);
	free(r);
}

int serve(struct double_world *w, int port)
{
	struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, (uint16_t)port, NULL,
		NULL, handle, w, MHD_OPTION_THREAD_POOL_SIZE, 2U, MHD_OPTION_NOTIFY_COMPLETED,
		completed, NULL, MHD_OPTION_END);

	if (!d) {
		fprintf(stderr, "port %d cannot be listened on\n", port);
		return 1;
	}
	for (;;)
		pause();
}
