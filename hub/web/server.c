/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/server.h"

#include <netdb.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/id.h"
#include "base/log.h"
#include "web/live_run.h"
#include "web/request.h"
#include "web/serve.h"

#define CONNECTIONS    4000
#define CONNECTION_KIB 32 /* set to zero anew for each request: a larger one costs each of them */
#define IDLE_S         60
#define STOP_MS        10000
#define PEM_MAX        (64 * 1024)

struct web {
	struct hub *hub;           /* borrowed */
	struct web_config conf;    /* texts owned by MEM */
	struct arena *mem;         /* owned */
	struct table *table;       /* owned */
	struct MHD_Daemon *daemon; /* owned; NULL while it does not run */
	int listener;              /* handed over by the daemon before; -1 for none */
	char *cert, *key;          /* arena; PEM */
	int port;
	atomic_bool stopping;
	atomic_llong requests, refused, failed, open, busy_us;
};

const struct table *web_table(const struct web *w)
{
	return w->table;
}

const struct route *web_routes(const struct web *w)
{
	return w->conf.routes;
}

bool web_trusts_proxy(const struct web *w)
{
	return w->conf.trust_proxy;
}

bool web_stopping(const struct web *w)
{
	return w->stopping;
}

bool web_is_agents(const struct web *w)
{
	return w->conf.listener == WEB_AGENTS;
}

void web_shell(const struct web *w, struct scope *sc, const struct request *q, struct shell *s)
{
	if (w->conf.shell)
		w->conf.shell(sc, q, s);
}

void web_count(struct web *w, int status, int64_t us)
{
	w->requests++;
	w->busy_us += us;
	if (status >= 500)
		w->failed++;
	else if (status >= 400)
		w->refused++;
}

/* ---- libmicrohttpd's callbacks ---- */

static void *begin(void *cls, const char *uri, struct MHD_Connection *conn)
{
	struct web *w = cls;

	w->open++;
	return request_new(w, w->hub, w->conf.spool_dir, conn, uri);
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *conn, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **state)
{
	struct request *q = *state;

	(void)cls, (void)conn, (void)url, (void)version;
	if (!q->started)
		return serve_start(q, method);
	if (*size) {
		size_t len = *size;

		*size = 0;
		return serve_body(q, data, len);
	}
	return serve_finish(q);
}

static void complete(
	void *cls, struct MHD_Connection *conn, void **state, enum MHD_RequestTerminationCode code)
{
	struct web *w = cls;

	(void)conn, (void)code;
	if (!*state)
		return;
	request_free(*state);
	*state = NULL;
	w->open--;
}

/* Paths and queries are taken apart here, from the raw line. */
static size_t keep_escapes(void *cls, struct MHD_Connection *conn, char *text)
{
	(void)cls, (void)conn;
	return strlen(text);
}

static void swallow(void *cls, const char *fmt, va_list args)
{
	(void)cls, (void)fmt, (void)args;
}

/* ---- listening ---- */

static void free_addresses(struct addrinfo **list)
{
	if (*list)
		freeaddrinfo(*list);
}

/* "host:port", "[v6]:port" or "*:port". */
static enum err resolve(struct scope *sc, const char *listen, struct addrinfo **list)
{
	struct addrinfo want = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM };
	const char *colon = strrchr(listen, ':');
	char *host;
	size_t len;
	int code;

	if (!colon)
		return fail(sc, ERR_INPUT, "%s is not host:port", listen);
	host = arena_copy(sc->mem, listen, (size_t)(colon - listen));
	len = strlen(host);
	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = 0;
		host++;
	}
	if (str_eq(host, "*"))
		host = NULL;
	code = getaddrinfo(host, colon + 1, &want, list);
	if (code)
		return fail(sc, ERR_INPUT, "%s is no address to listen on: %s", listen,
			gai_strerror(code));
	return ERR_NONE;
}

static enum err load(struct scope *sc, const char *path, char **text)
{
	FILE *f = fopen(path, "re");
	char *buf = arena_alloc(sc->mem, PEM_MAX + 1);
	size_t n;

	if (!f)
		return fail(sc, ERR_UPSTREAM, "cannot read %s", path);
	n = fread(buf, 1, PEM_MAX, f);
	fclose(f);
	buf[n] = 0;
	*text = buf;
	return ERR_NONE;
}

static unsigned options(const struct web *w, struct MHD_OptionItem *list)
{
	unsigned n = 0;

#define OPTION(name, number, pointer)                                                              \
	list[n++] = (struct MHD_OptionItem)                                                        \
	{                                                                                          \
		name, (intptr_t)(number), pointer                                                  \
	}
	if (w->cert) {
		OPTION(MHD_OPTION_HTTPS_MEM_CERT, 0, w->cert);
		OPTION(MHD_OPTION_HTTPS_MEM_KEY, 0, w->key);
		if (w->conf.client_ca)
			OPTION(MHD_OPTION_HTTPS_MEM_TRUST, 0, (char *)(uintptr_t)w->conf.client_ca);
	}
	if (w->listener >= 0)
		OPTION(MHD_OPTION_LISTEN_SOCKET, w->listener, NULL);
	OPTION(MHD_OPTION_THREAD_POOL_SIZE, w->conf.threads, NULL);
	OPTION(MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, NULL);
	OPTION(MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_KIB * 1024, NULL);
	OPTION(MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, NULL);
	OPTION(MHD_OPTION_END, 0, NULL);
#undef OPTION
	return n;
}

static enum err listen_on(struct scope *sc, struct web *w)
{
	unsigned flags =
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	struct addrinfo *list CLEANUP(free_addresses) = NULL;
	struct MHD_OptionItem items[16];
	const union MHD_DaemonInfo *info;
	enum err e = resolve(sc, w->conf.listen, &list);

	if (e)
		return e;
	options(w, items);
	if (w->cert)
		flags |= MHD_USE_TLS;
	if (list->ai_family == AF_INET6)
		flags |= MHD_USE_DUAL_STACK;
	w->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, w, MHD_OPTION_EXTERNAL_LOGGER,
		swallow, NULL, MHD_OPTION_SOCK_ADDR, list->ai_addr, MHD_OPTION_URI_LOG_CALLBACK,
		begin, w, MHD_OPTION_NOTIFY_COMPLETED, complete, w, MHD_OPTION_UNESCAPE_CALLBACK,
		keep_escapes, NULL, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
	if (!w->daemon)
		return fail(sc, ERR_UPSTREAM,
			"cannot listen on %s: the address is taken, or the "
			"certificate does not fit its key",
			w->conf.listen);
	info = MHD_get_daemon_info(w->daemon, MHD_DAEMON_INFO_BIND_PORT);
	w->port = info ? info->port : 0;
	return ERR_NONE;
}

static void keep_config(struct web *w, const struct web_config *c)
{
	w->conf = *c;
	w->conf.listen = arena_text(w->mem, c->listen);
	w->conf.cert_file = arena_text(w->mem, c->cert_file);
	w->conf.key_file = arena_text(w->mem, c->key_file);
	w->conf.client_ca = arena_text(w->mem, c->client_ca);
	w->conf.spool_dir = arena_text(w->mem, c->spool_dir ? c->spool_dir : "/tmp");
	if (w->conf.threads < 1)
		w->conf.threads = 4;
	/* One thread is no pool to libmicrohttpd, and a pool is what was measured. */
	if (w->conf.threads < 2)
		w->conf.threads = 2;
}

static enum err load_cert(struct scope *sc, struct web *w)
{
	char *cert, *key;
	enum err e;

	if (!w->conf.cert_file)
		return ERR_NONE;
	e = load(sc, w->conf.cert_file, &cert);
	if (!e)
		e = load(sc, w->conf.key_file, &key);
	if (e)
		return e;
	w->cert = arena_text(w->mem, cert);
	w->key = arena_text(w->mem, key);
	return ERR_NONE;
}

static enum err start(struct scope *sc, struct web *w)
{
	enum err e = ERR_NONE;

	/* Before the first request can look for it. */
	if (w->conf.listener == WEB_PUBLIC && !w->hub->live)
		e = live_start(w->hub, &w->hub->live);
	return e ? e : listen_on(sc, w);
}

enum err web_start(struct hub *hub, const struct web_config *c, struct web **out)
{
	struct arena *mem = arena_new();
	struct web *w = arena_alloc(mem, sizeof *w);
	struct scope sc;
	enum err e;

	w->mem = mem;
	w->hub = hub;
	keep_config(w, c);
	w->table = table_new(c->routes);
	w->listener = -1;
	scope_open(&sc, &hub->world, "web");
	e = load_cert(&sc, w);
	if (!e)
		e = start(&sc, w);
	if (e)
		log_failure(&sc, "cannot serve HTTP");
	else
		log_info(&sc, "serving HTTP%s on %s", w->cert ? "S" : "", w->conf.listen);
	scope_close(&sc);
	if (e) {
		web_stop(w);
		return e;
	}
	*out = w;
	return ERR_NONE;
}

int web_port(const struct web *w)
{
	return w->port;
}

static void end_streams(struct web *w)
{
	if (w->conf.listener == WEB_PUBLIC && w->hub->live) {
		live_stop(w->hub->live);
		w->hub->live = NULL;
	}
}

/* Requests in hand have their time to end. */
static void drain(struct web *w, struct MHD_Daemon *daemon)
{
	for (int64_t until = clock_mono() + STOP_MS; w->open > 0 && clock_mono() < until;)
		usleep(10 * 1000);
	MHD_stop_daemon(daemon);
}

/* The socket goes from the old daemon to the new one, so nobody is ever refused. */
static enum err replace(struct scope *sc, struct web *w)
{
	struct MHD_Daemon *before = TAKE(w->daemon);
	enum err e;

	w->listener = MHD_quiesce_daemon(before);
	end_streams(w);
	e = start(sc, w);
	drain(w, before);
	if (e && w->listener >= 0)
		close(w->listener);
	w->listener = -1;
	return e;
}

enum err web_reload(struct web *w)
{
	struct scope sc;
	enum err e;

	scope_open(&sc, &w->hub->world, "web");
	/* A certificate that cannot be read leaves the one that works. */
	e = load_cert(&sc, w);
	if (!e)
		e = replace(&sc, w);
	if (e)
		log_failure(&sc, "cannot serve HTTP with the new certificate");
	scope_close(&sc);
	return e;
}

void web_stop(struct web *w)
{
	if (!w)
		return;
	w->stopping = true;
	if (w->daemon) {
		int listener = MHD_quiesce_daemon(w->daemon);

		end_streams(w);
		drain(w, TAKE(w->daemon));
		if (listener >= 0)
			close(listener);
	}
	table_free(w->table);
	arena_free(w->mem);
}

void web_stats(const struct web *w, struct web_stats *out)
{
	*out = (struct web_stats){ .requests = w->requests,
		.refused = w->refused,
		.failed = w->failed,
		.open = w->open,
		.busy_us = w->busy_us,
		.live = live_count(w->hub->live) };
}
