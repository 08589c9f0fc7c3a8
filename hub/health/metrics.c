/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "health/metrics.h"

#include <microhttpd.h>
#include <netdb.h>
#include <unistd.h>

#include "base/log.h"
#include "bus/bus.h"
#include "store/db.h"
#include "web/server.h"

struct metrics {
	struct hub *hub;           /* borrowed */
	const struct web *web;     /* borrowed */
	struct MHD_Daemon *daemon; /* owned */
};

/* ---- numbers ---- */

static void put_number(
	struct out *o, const char *name, const char *type, const char *help, int64_t n)
{
	out_printf(o, "# HELP penguin_%s %s\n# TYPE penguin_%s %s\npenguin_%s %lld\n", name, help,
		name, type, name, (long long)n);
}

static void put_store(struct scope *sc, struct out *o)
{
	struct store_stats s;

	store_stats(sc->world->store, &s);
	put_number(o, "store_writes_total", "counter", "Writes asked for.", s.writes);
	put_number(o, "store_commits_total", "counter", "Transactions committed.", s.commits);
	put_number(o, "store_rows_total", "counter", "Rows changed.", s.rows);
	put_number(o, "store_waiting", "gauge", "Writes that wait for the writer.", s.waiting);
	put_number(o, "store_slow_total", "counter", "Statements slower than 200 ms.", s.slow);
	put_number(o, "store_failed_total", "counter", "Statements that failed.", s.failed);
}

static void put_bus(struct scope *sc, struct out *o)
{
	struct bus_stats s;

	if (!hub_of(sc)->bus)
		return;
	bus_stats(hub_of(sc)->bus, &s);
	put_number(o, "bus_up", "gauge", "1 while the broker is connected.",
		bus_is_up(hub_of(sc)->bus));
	put_number(o, "bus_received_total", "counter", "Messages of appliances.", s.received);
	put_number(o, "bus_sent_total", "counter", "Messages to appliances.", s.sent);
	put_number(o, "bus_dropped_total", "counter", "Messages of unknown or revoked appliances.",
		s.dropped);
	put_number(
		o, "bus_refused_total", "counter", "Malformed or oversized messages.", s.refused);
	put_number(o, "bus_failed_total", "counter", "Messages whose handling failed.", s.failed);
	put_number(o, "bus_waiting", "gauge", "Messages that wait to be handled.", s.waiting);
}

static void put_web(const struct web *web, struct out *o)
{
	struct web_stats s;

	if (!web)
		return;
	web_stats(web, &s);
	put_number(o, "http_requests_total", "counter", "Requests answered.", s.requests);
	put_number(o, "http_refused_total", "counter", "Requests answered with 4xx.", s.refused);
	put_number(o, "http_failed_total", "counter", "Requests answered with 5xx.", s.failed);
	put_number(o, "http_open", "gauge", "Connections open.", s.open);
	put_number(o, "http_live", "gauge", "Streams of live hints open.", s.live);
	put_number(
		o, "http_busy_microseconds_total", "counter", "Time spent in handlers.", s.busy_us);
}

SQL(metrics_followers, SQL_ENGINE,
	"SELECT c.follower AS name, CAST(sum(s.head - c.pos) AS BIGINT) AS n, "
	"CAST(sum(CASE WHEN c.failed IS NULL THEN 0 ELSE 1 END) AS BIGINT) AS failed "
	"FROM cursor c JOIN slot s ON s.slot = c.slot GROUP BY c.follower ORDER BY c.follower");
SQL(metrics_jobs, SQL_ENGINE, "SELECT count(*) FROM job WHERE due <= $1");
SQL(metrics_uplinks, SQL_ENGINE, "SELECT count(*) FROM uplink WHERE seen_at > $1");
SQL(metrics_turns, SQL_ENGINE, "SELECT count(*) FROM turn WHERE due <= $1");

struct lag {
	const char *name;
	int64_t n, failed;
};
SHAPE(lag_shape, struct lag, COL(struct lag, name), COL(struct lag, n), COL(struct lag, failed));

static void put_followers(struct scope *sc, struct out *o)
{
	struct lag *rows;
	size_t n;

	if (db_list(sc, &metrics_followers, BIND_NONE, &lag_shape, &rows, &n))
		return;
	out_text(o, "# HELP penguin_follower_behind Facts a follower has not applied yet.\n"
		    "# TYPE penguin_follower_behind gauge\n");
	for (size_t i = 0; i < n; i++)
		out_printf(o, "penguin_follower_behind{follower=\"%s\"} %lld\n", rows[i].name,
			(long long)rows[i].n);
	out_text(o, "# HELP penguin_follower_failed Slots in which a follower stands still.\n"
		    "# TYPE penguin_follower_failed gauge\n");
	for (size_t i = 0; i < n; i++)
		out_printf(o, "penguin_follower_failed{follower=\"%s\"} %lld\n", rows[i].name,
			(long long)rows[i].failed);
}

static void put_count(struct scope *sc, struct out *o, const struct sql *q, int64_t bound,
	const char *name, const char *help)
{
	int64_t n;

	if (!db_int(sc, q, BIND(V(bound)), &n))
		put_number(o, name, "gauge", help, n);
}

void metrics_put(struct scope *sc, const struct web *web, struct out *o)
{
	int64_t now = now_real(sc).ms;

	out_printf(o,
		"# HELP penguin_info The program.\n# TYPE penguin_info gauge\n"
		"penguin_info{version=\"%s\"} 1\n",
		VERSION);
	put_store(sc, o);
	put_bus(sc, o);
	put_web(web, o);
	put_followers(sc, o);
	put_count(sc, o, &metrics_jobs, now, "jobs_due", "Jobs that are due.");
	put_count(sc, o, &metrics_uplinks, now - 90 * SECOND_MS, "appliances_online",
		"Appliances heard of within 90 seconds.");
	put_count(sc, o, &metrics_turns, now_plan(sc).ms, "tenants_due",
		"Tenants with mail that is due.");
}

/* ---- the listener ---- */

static enum MHD_Result answer(struct MHD_Connection *conn, unsigned status, const char *mime,
	const char *text, size_t len)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
		len, (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result done;

	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, mime);
	done = MHD_queue_response(conn, status, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result answer_text(struct MHD_Connection *conn, unsigned status, const char *text)
{
	return answer(conn, status, "text/plain", text, strlen(text));
}

static enum MHD_Result answer_metrics(struct metrics *m, struct MHD_Connection *conn)
{
	enum MHD_Result done;
	struct scope sc;
	struct out o;

	scope_open(&sc, &m->hub->world, "metrics");
	scope_system(&sc);
	out_init(&o, sc.mem);
	metrics_put(&sc, m->web, &o);
	done = answer(conn, 200, "text/plain; version=0.0.4", o.data, o.len);
	scope_close(&sc);
	return done;
}

static enum MHD_Result answer_ready(struct metrics *m, struct MHD_Connection *conn)
{
	enum MHD_Result done;
	struct scope sc;

	scope_open(&sc, &m->hub->world, "metrics");
	if (store_ping(&sc))
		done = answer_text(conn, 503, "the database does not answer\n");
	else
		done = answer_text(conn, 200, "ready\n");
	scope_close(&sc);
	return done;
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *conn, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **state)
{
	static const char second_call;

	(void)version;
	(void)data;
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
		return answer_text(conn, 405, "GET only\n");
	if (str_eq(url, "/metrics"))
		return answer_metrics(cls, conn);
	if (str_eq(url, "/healthz"))
		return answer_text(conn, 200, "alive\n");
	if (str_eq(url, "/readyz"))
		return answer_ready(cls, conn);
	return answer_text(conn, 404, "/metrics, /healthz or /readyz\n");
}

static void free_addresses(struct addrinfo **list)
{
	if (*list)
		freeaddrinfo(*list);
}

static enum err resolve(struct scope *sc, const char *listen, struct addrinfo **list)
{
	struct addrinfo want = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM };
	const char *colon = strrchr(listen, ':');
	char *host = arena_copy(sc->mem, listen, (size_t)(colon - listen));

	if (host[0] == '[') {
		host[strlen(host) - 1] = 0;
		host++;
	}
	if (getaddrinfo(str_eq(host, "*") ? NULL : host, colon + 1, &want, list) != 0)
		return fail(sc, ERR_INPUT, "listen.metrics: no address %s", listen);
	return ERR_NONE;
}

enum err metrics_start(struct scope *sc, struct hub *hub, const char *listen, const struct web *web,
	struct metrics **out)
{
	struct addrinfo *list CLEANUP(free_addresses) = NULL;
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL;
	struct metrics *m;
	enum err e = resolve(sc, listen, &list);

	if (e)
		return e;
	if (list->ai_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	m = calloc(1, sizeof *m);
	if (!m)
		abort();
	m->hub = hub;
	m->web = web;
	m->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, m, MHD_OPTION_SOCK_ADDR,
		list->ai_addr, MHD_OPTION_CONNECTION_LIMIT, 32u, MHD_OPTION_CONNECTION_TIMEOUT, 30u,
		MHD_OPTION_END);
	if (!m->daemon) {
		free(m);
		return fail(sc, ERR_UPSTREAM, "listen.metrics: cannot listen on %s", listen);
	}
	*out = m;
	return ERR_NONE;
}

void metrics_stop(struct metrics *m)
{
	if (!m)
		return;
	MHD_stop_daemon(m->daemon);
	free(m);
}
