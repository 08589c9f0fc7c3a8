/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One campaign read as JSON again and again over open connections: by a signed-in person from the
 * hub, with host, session, account, rights and progress; and from a bare libmicrohttpd that answers
 * one prepared SELECT of the same row.
 */
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "world/wait.h"

#include "bench.h"
#include "load.h"
#include "place.h"

#define RUN_MS      2000
#define CONNECTIONS 64

/* ---- the limit, a process of its own ---- */

struct bare {
	const char *file;
	int64_t tenant, campaign;
};

static __thread sqlite3_stmt *statement;

static sqlite3_stmt *prepared(const struct bare *b)
{
	sqlite3 *db;

	if (statement)
		return statement;
	if (sqlite3_open_v2(b->file, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != 0 ||
		sqlite3_prepare_v3(db,
			"SELECT name, state, version, created FROM campaign WHERE tenant = ?1 "
			"AND id = ?2",
			-1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != 0)
		abort();
	return statement;
}

static enum MHD_Result bare_answer(void *cls, struct MHD_Connection *conn, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **state)
{
	static int seen;
	const struct bare *b = cls;
	struct MHD_Response *r;
	enum MHD_Result result;
	sqlite3_stmt *st;
	char text[300];
	int n;

	(void)url, (void)method, (void)version, (void)data, (void)size;
	if (!*state) {
		*state = &seen;
		return MHD_YES;
	}
	st = prepared(b);
	sqlite3_bind_int64(st, 1, b->tenant);
	sqlite3_bind_int64(st, 2, b->campaign);
	if (sqlite3_step(st) != SQLITE_ROW)
		return MHD_NO;
	n = snprintf(text, sizeof text,
		"{\"name\":\"%s\",\"state\":\"%s\",\"version\":%lld,\"created\":%lld}",
		(const char *)sqlite3_column_text(st, 0), (const char *)sqlite3_column_text(st, 1),
		(long long)sqlite3_column_int64(st, 2), (long long)sqlite3_column_int64(st, 3));
	sqlite3_reset(st);
	r = MHD_create_response_from_buffer((size_t)n, text, MHD_RESPMEM_MUST_COPY);
	MHD_add_response_header(r, "Content-Type", "application/json");
	result = MHD_queue_response(conn, MHD_HTTP_OK, r);
	MHD_destroy_response(r);
	return result;
}

int bare_http(char **argv)
{
	struct bare b = { .file = argv[0] };
	struct MHD_Daemon *daemon;
	int64_t port;

	if (!str_int(argv[1], 1, 65535, &port) || !str_int(argv[2], 1, INT64_MAX, &b.tenant) ||
		!str_int(argv[3], 1, INT64_MAX, &b.campaign))
		return 2;
	daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, (uint16_t)port, NULL, NULL,
		bare_answer, &b, MHD_OPTION_THREAD_POOL_SIZE, 2U, MHD_OPTION_END);
	if (!daemon)
		return 1;
	pause();
	MHD_stop_daemon(daemon);
	return 0;
}

static bool answers(void *arg)
{
	return port_answers(*(int *)arg);
}

static enum err start_bare(
	struct scope *sc, const struct bench *b, struct place *p, int *port, struct proc *proc)
{
	const char *argv[] = { b->self, "--bare-http", p->file, NULL, NULL, NULL, NULL };
	struct proc_spec spec = { "bare http", argv, lab_path(p->lab, "log/bare.log"), NULL, 0, 0 };
	enum err e = port_free(sc, port);

	argv[3] = arena_printf(sc->mem, "%d", *port);
	argv[4] = arena_printf(sc->mem, "%lld", (long long)p->tenant);
	argv[5] = arena_printf(sc->mem, "%lld", (long long)p->campaign);
	if (!e)
		e = proc_start(sc, p->lab->janitor, &spec, proc);
	return e ? e : wait_ready(sc, proc, answers, port, 5000);
}

/* ---- both ---- */

static const char *request(struct scope *sc, const struct place *p, int port)
{
	return arena_printf(sc->mem,
		"GET /api/v1/campaigns/%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nCookie: %s\r\n"
		"Accept: application/json\r\n\r\n",
		p->campaign_text, port, p->cookie);
}

static enum err run_all(
	struct scope *sc, struct bench *b, struct place *p, const struct proc *bare, int port)
{
	int ms = bench_size(b, RUN_MS, 100);
	const struct load product = { p->lab->http_port, CONNECTIONS,
		request(sc, p, p->lab->http_port), ms };
	const struct load limit = { port, CONNECTIONS, request(sc, p, port), ms };
	struct series s = { .n = 0 };
	enum err e = ERR_NONE;

	for (; s.n < b->runs && !e; s.n++) {
		double own = bench_cpu_us(bare->pid), hub = bench_cpu_us(p->lab->hub.pid);

		e = load_run(sc, &limit, &s.limit[s.n]);
		if (!e)
			e = load_run(sc, &product, &s.product[s.n]);
		own = bench_cpu_us(bare->pid) - own;
		hub = bench_cpu_us(p->lab->hub.pid) - hub;
		bench_note("http", s.n, s.product[s.n], s.limit[s.n]);
		bench_note_cpu("http", hub / (s.product[s.n] * ms / 1000),
			own / (s.limit[s.n] * ms / 1000));
	}
	if (!e)
		bench_tell_series("http", "requests/s", &s);
	return e;
}

enum err bench_http(struct scope *sc, struct bench *b)
{
	struct place p = { 0 };
	struct proc bare = { 0 };
	int port = 0;
	enum err e = place_open(sc, b, 1, &p);

	if (!e)
		e = place_sign_in(sc, &p);
	if (!e)
		e = start_bare(sc, b, &p, &port, &bare);
	if (!e)
		e = run_all(sc, b, &p, &bare, port);
	if (bare.pid)
		lab_stop_part(p.lab, &bare);
	place_close(&p);
	return e;
}
