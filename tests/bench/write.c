/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * How long somebody who follows a tracked link waits, while a file of contacts is imported and
 * machines report deliveries: the 99th percentile of clicks, each written down before it is
 * answered.
 */
#include "bench.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/out.h"
#include "open.h"
#include "send/token.h"
#include "stream.h"

#define CLICKS  1500
#define GAP_MS  6
#define ROWS    100000
#define MAILS   60000
#define TRACKER "go.bench.test"

/* ---- what runs meanwhile ---- */

struct noise {
	const struct world *world;
	struct place *p;
	const struct mail *mails;
	size_t rows, count;
	atomic_bool stop;
	enum err err;
};

static void *import_people(void *arg)
{
	struct noise *x = arg;
	struct client client = client_new(x->p->lab->app_url, x->p->company.api.key);

	for (int run = 0; !x->stop && !x->err; run++) {
		struct scope sc;
		struct out o;

		scope_open(&sc, x->world, "bench");
		out_init(&o, sc.mem);
		out_text(&o, "email,name,company\n");
		for (size_t i = 0; i < x->rows; i++)
			out_printf(&o, "w%zu.%d@example%zu.test,Person %zu,Company %zu\n", i, run,
				i * 7919 % 997, i, i % 500);
		x->err = client_upload(&sc, &client, "/api/v1/imports", "file", "people.csv",
			bytes_of(o.data, o.len), NULL);
		while (!x->stop && !x->err &&
			lab_number(&sc, x->p->lab,
				"SELECT count(*) FROM import WHERE state IN ('waiting', 'running')"))
			sleep_ms(100);
		scope_close(&sc);
	}
	client_free(&client);
	return NULL;
}

static void *report_deliveries(void *arg)
{
	struct noise *x = arg;
	size_t step = x->count < 2000 ? x->count : 2000;

	for (size_t at = 0; at + step <= x->count && !x->stop && !x->err; at += step) {
		struct scope sc;
		double rate;

		scope_open(&sc, x->world, "bench");
		x->err = stream_run(&sc, x->p, x->mails + at, step, &rate);
		scope_close(&sc);
	}
	return NULL;
}

/* ---- clicks ---- */

static enum err make_tokens(
	struct scope *sc, struct place *p, const struct mail *mails, size_t n, const char **tokens)
{
	struct engine *g = arena_alloc(sc->mem, sizeof *g);
	struct token_keys keys;
	struct scope own;
	enum err e;

	hub_begin(g);
	scope_open(&own, &g->hub.world, "bench");
	e = hub_open(&own, g, p->lab->hub_config, NEEDS_HUB);
	if (!e)
		e = token_keys_load(&own, &keys);
	for (size_t i = 0; i < n && !e; i++)
		tokens[i] = arena_text(sc->mem,
			token_put(&own, &keys,
				&(struct token){ TOKEN_CLICK, p->tenant, mails[i].id, 1 }));
	if (e)
		fail(sc, e, "%s", own.why);
	hub_close(&own, g);
	scope_close(&own);
	return e;
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static enum err click(struct scope *sc, int fd, const char *token, double *ms)
{
	char request[300], answer[4096];
	int len = snprintf(request, sizeof request,
		"GET /t/c/%s HTTP/1.1\r\nHost: " TRACKER "\r\nUser-Agent: Mozilla/5.0\r\n\r\n",
		token);
	int64_t began = now_us();
	ssize_t n, have = 0;

	if (write(fd, request, (size_t)len) != len)
		return fail(sc, ERR_UPSTREAM, "a click was not taken");
	do {
		n = read(fd, answer + have, sizeof answer - 1 - (size_t)have);
		have += n > 0 ? n : 0;
		answer[have] = 0;
	} while (n > 0 && !strstr(answer, "\r\n\r\n"));
	*ms = (double)(now_us() - began) / 1000;
	if (strncmp(answer, "HTTP/1.1 30", 11) != 0)
		return fail(sc, ERR_UPSTREAM, "a click was answered %.200s", answer);
	return ERR_NONE;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static enum err run_clicks(
	struct scope *sc, struct place *p, const char *const *tokens, size_t n, double *p99)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)p->lab->http_port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	double *took = arena_array(sc->mem, n, sizeof *took);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	enum err e = ERR_NONE;

	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) < 0)
		e = fail(sc, ERR_UPSTREAM, "the hub does not answer: %m");
	for (size_t i = 0; i < n && !e; i++) {
		e = click(sc, fd, tokens[i], &took[i]);
		sleep_ms(GAP_MS);
	}
	if (fd >= 0)
		close(fd);
	qsort(took, n, sizeof *took, by_value);
	*p99 = took[n * 99 / 100];
	return e;
}

/* ---- all of it ---- */

static enum err prepare(struct scope *sc, struct bench *b, struct place *p, struct noise *x)
{
	struct mail *mails;
	enum err e = place_open(sc, b, PLACE_BOXES, p);

	if (!e)
		e = place_fill(sc, p, (int)x->count);
	if (!e)
		e = raw_run(sc, p->db,
			"UPDATE campaign SET track_clicks = 1; INSERT INTO host (name, tenant, purpose, "
			"scheme, state) VALUES ('" TRACKER "', %lld, 'track', 'https', 'verified')",
			(long long)p->tenant);
	if (!e)
		e = stream_list(sc, p, x->count, &mails);
	for (int i = 0; i < p->box_count && !e; i++)
		e = box_connect(sc, p->lab, &p->boxes[i]);
	x->mails = mails;
	return e;
}

static enum err run_all(struct scope *sc, struct bench *b, struct place *p, struct noise *x)
{
	size_t n = (size_t)bench_size(b, CLICKS, 20);
	const char **tokens = arena_array(sc->mem, n, sizeof *tokens);
	double p99[BENCH_RUNS];
	pthread_t threads[2];
	enum err e = make_tokens(sc, p, x->mails, n, tokens);

	if (e)
		return e;
	if (pthread_create(&threads[0], NULL, import_people, x) != 0 ||
		pthread_create(&threads[1], NULL, report_deliveries, x) != 0)
		return fail(sc, ERR_AWAY, "no thread");
	for (int i = 0; i < b->runs && !e; i++) {
		e = run_clicks(sc, p, tokens, n / (size_t)b->runs, &p99[i]);
		bench_note("write_p99_ms", i, p99[i], 0);
	}
	x->stop = true;
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	if (!e && x->err)
		e = fail(sc, x->err, "the import or the deliveries failed");
	if (!e)
		bench_tell("write_p99_ms", "ms", bench_median(p99, b->runs));
	return e;
}

enum err bench_write(struct scope *sc, struct bench *b)
{
	struct place p = { 0 };
	struct noise x = { .world = b->world,
		.p = &p,
		.rows = (size_t)bench_size(b, ROWS, 200),
		.count = (size_t)bench_size(b, MAILS, 400) };
	enum err e = prepare(sc, b, &p, &x);

	if (!e)
		e = run_all(sc, b, &p, &x);
	place_close(&p);
	return e;
}
