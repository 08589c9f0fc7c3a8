/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "listen.h"

#include <microhttpd.h>
#include <netdb.h>
#include <systemd/sd-event.h>

#include "agent.h"
#include "base/str.h"
#include "health.h"
#include "inject.h"
#include "lanes.h"
#include "link.h"
#include "metric.h"
#include "outbox.h"

#define CONNECTIONS 16u
#define TIMEOUT_S   10u

struct listener {
	struct agent *agent;       /* borrowed */
	struct MHD_Daemon *daemon; /* owned */
	sd_event_source *io;       /* owned; MHD's epoll descriptor */
	sd_event_source *timer;    /* owned; idle connections end */
};

struct number {
	const char *name, *type, *help;
	int64_t n;
};

void listener_metrics(struct scope *sc, struct out *o)
{
	const struct agent *a = agent_of(sc);
	struct wire_metric m = { 0 };
	enum err e = metric_measure(sc, &m);
	const struct number numbers[] = {
		{ "up", "gauge", "1 while the broker is connected.", link_is_up(a->link) },
		{ "health", "gauge", "0 ok, 1 degraded, 2 held.", health_state(a->health) },
		{ "taken_total", "counter", "Mails taken since the outbox began.", a->taken },
		{ "waiting", "gauge", "Mails in the spool.", m.waiting },
		{ "handing_over", "gauge", "Mails in the hands of injectors.",
			(int64_t)injector_busy(a->injector) },
		{ "queued", "gauge", "Mails in Postfix's queue.", m.queue },
		{ "facts_total", "counter", "Facts written since the outbox began.",
			outbox_next(a->outbox) - 1 },
		{ "facts_waiting", "gauge", "Facts the hub has not acknowledged.", m.outbox },
		{ "unknown_fields_total", "counter", "Fields of the wire nobody here knows.",
			wire_unknown_fields() },
		{ "refused_total", "counter", "Messages that were malformed or not for us.",
			a->refused },
		{ "rss_kib", "gauge", "Anonymous memory of the agent.", m.rss_kib },
		{ "disk_free_kib", "gauge", "Free space beside the spool.", m.disk_free_kib },
		{ "cpu_permille", "gauge", "CPU of the machine in use.", m.cpu_permille },
		{ "memory_kib", "gauge", "Memory of the machine in use.", m.memory_kib },
		{ "load_permille", "gauge", "Load of the last minute.", m.load_permille },
	};

	out_printf(o,
		"# HELP penguin_agent_info The program.\n# TYPE penguin_agent_info gauge\n"
		"penguin_agent_info{version=\"%s\",appliance=\"%s\"} 1\n",
		VERSION, a->identity.id);
	for (size_t i = 0; i < COUNT(numbers) && !e; i++) {
		const struct number *x = &numbers[i];

		out_printf(o,
			"# HELP penguin_agent_%s %s\n# TYPE penguin_agent_%s %s\n"
			"penguin_agent_%s %lld\n",
			x->name, x->help, x->name, x->type, x->name, (long long)x->n);
	}
	lanes_metrics(sc, a->lanes, o);
}

static enum MHD_Result answer(struct MHD_Connection *conn, unsigned status, const char *text)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
		strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result done;

	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; version=0.0.4");
	done = MHD_queue_response(conn, status, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result answer_metrics(const struct listener *l, struct MHD_Connection *conn)
{
	enum MHD_Result done;
	struct scope sc;
	struct out o;

	scope_open(&sc, &l->agent->world, "metrics");
	out_init(&o, sc.mem);
	listener_metrics(&sc, &o);
	done = answer(conn, 200, o.data);
	scope_close(&sc);
	return done;
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *conn, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **state)
{
	static const char second_call;

	/* An answer at the first call would close the connection. */
	if (!*state) {
		*state = (void *)(uintptr_t)&second_call;
		return MHD_YES;
	}
	if (*size) {
		*size = 0;
		return MHD_YES;
	}
	if (!str_eq(method, "GET"))
		return answer(conn, 405, "GET only\n");
	if (str_eq(url, "/metrics"))
		return answer_metrics(cls, conn);
	if (str_eq(url, "/healthz"))
		return answer(conn, 200, "alive\n");
	return answer(conn, 404, "/metrics or /healthz\n");
}

static int on_io(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct listener *l = arg;

	MHD_run(l->daemon);
	return 0;
}

static int on_timer(sd_event_source *s, uint64_t usec, void *arg)
{
	struct listener *l = arg;

	MHD_run(l->daemon);
	sd_event_source_set_time_relative(s, SECOND_MS * 1000);
	sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
	return 0;
}

static void free_addresses(struct addrinfo **list)
{
	if (*list)
		freeaddrinfo(*list);
}

static enum err resolve(struct scope *sc, const char *address, struct addrinfo **list)
{
	struct addrinfo want = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM };
	const char *colon = strrchr(address, ':');
	char *host = arena_copy(sc->mem, address, (size_t)(colon - address));

	if (host[0] == '[') {
		host[strlen(host) - 1] = 0;
		host++;
	}
	if (getaddrinfo(str_eq(host, "*") ? NULL : host, colon + 1, &want, list) != 0)
		return fail(sc, ERR_INPUT, "listen.metrics: no address %s", address);
	return ERR_NONE;
}

static int watch(struct listener *l)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	int r = sd_event_add_io(l->agent->loop, &l->io, info->listen_fd, EPOLLIN, on_io, l);

	return r < 0 ? r
		     : sd_event_add_time_relative(l->agent->loop, &l->timer, CLOCK_MONOTONIC, 0,
			       10 * 1000, on_timer, l);
}

enum err listener_start(struct scope *sc, const char *address, struct listener **out)
{
	struct addrinfo *list CLEANUP(free_addresses) = NULL;
	struct listener *l;
	enum err e = resolve(sc, address, &list);

	if (e)
		return e;
	l = calloc(1, sizeof *l);
	if (!l)
		abort();
	l->agent = agent_of(sc);
	l->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | (list->ai_family == AF_INET6 ? MHD_USE_IPv6 : 0u), 0, NULL, NULL,
		handle, l, MHD_OPTION_SOCK_ADDR, list->ai_addr, MHD_OPTION_CONNECTION_LIMIT,
		CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S, MHD_OPTION_END);
	if (!l->daemon || watch(l) < 0) {
		listener_stop(l);
		return fail(sc, ERR_AWAY, "listen.metrics: cannot listen on %s", address);
	}
	*out = l;
	return ERR_NONE;
}

void listener_stop(struct listener *l)
{
	if (!l)
		return;
	sd_event_source_disable_unref(l->io);
	sd_event_source_disable_unref(l->timer);
	if (l->daemon)
		MHD_stop_daemon(l->daemon);
	free(l);
}
