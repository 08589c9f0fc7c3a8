/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Resident memory of the two programs' own (RssAnon: without the pages of files): the hub idle, the
 * hub with two thousand connected appliances that report their metrics, the agent at work.
 */
#include "bench.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/id.h"
#include "crypt/x509.h"
#include "fleet/appliance.h"
#include "fleet/enrolment.h"
#include "open.h"

#include "place.h"

#define FLEET   2000
#define AT_ONCE 50
#define MAILS   1500
#define IDLE_MS 5000
#define BEAT_MS 30000 /* the fleet reports once in this time */

static int64_t rss_anon(const struct proc *p)
{
	char path[40], line[200];
	long long kib = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)p->pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "RssAnon: %lld kB", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

/* ---- the agent ---- */

struct watch {
	const struct proc *proc;
	atomic_bool stop;
	int64_t most;
};

static void *watch(void *arg)
{
	struct watch *w = arg;

	while (!w->stop) {
		int64_t now = rss_anon(w->proc);

		if (now > w->most)
			w->most = now;
		sleep_ms(20);
	}
	return NULL;
}

static enum err agent_at_work(struct scope *sc, struct bench *b)
{
	struct place p = { 0 };
	struct watch w = { .most = 0 };
	pthread_t thread;
	enum err e = place_open(sc, b, 0, &p);

	if (!e)
		e = place_due(sc, &p, bench_size(b, MAILS, 50));
	w.proc = &p.lab->agent;
	if (!e && pthread_create(&thread, NULL, watch, &w) != 0)
		e = fail(sc, ERR_AWAY, "no thread");
	else if (!e) {
		e = place_wait_ended(sc, &p);
		w.stop = true;
		pthread_join(thread, NULL);
	}
	if (!e)
		bench_tell("agent_rssanon_kib", "KiB", (double)w.most);
	place_close(&p);
	return e;
}

/* ---- the fleet ---- */

static enum err enrol_one(struct scope *sc, struct lab *l, int i, struct box *b)
{
	const char *folder = lab_path(l, arena_printf(sc->mem, "fleet-%d", i)), *text;
	const struct part_link *link_part;
	struct wire_enrolled got;
	struct enrol_token token;
	struct x509_pair pair;
	struct part_link link;
	enum err e = appliance_plan(sc, arena_printf(sc->mem, "fleet-%d", i), &b->id);

	if (!e)
		e = enrolment_token(sc, b->id, &text);
	if (!e)
		e = enrol_token_get(sc, text, &token);
	if (!e)
		e = x509_request(sc, "anybody", &pair);
	if (!e)
		e = enrolment_use(sc,
			&(struct wire_enrol){ .secret = token.secret,
				.csr = pair.cert,
				.seal_key = "000102030405060708090a0b0c0d0e0f"
					    "101112131415161718191a1b1c1d1e1f",
				.version = VERSION },
			&got);
	if (!e)
		e = wire_get_link(sc, bytes_of(got.link, strlen(got.link)), &link);
	if (e)
		return e;
	link_part = &link;
	if (mkdir(folder, 0700) < 0)
		return fail(sc, ERR_AWAY, "cannot make %s: %m", folder);
	b->folder = folder;
	e = lab_write(sc, arena_printf(sc->mem, "%s/ca.pem", folder), link_part->ca);
	return e ? e
		 : lab_write(sc, arena_printf(sc->mem, "%s/agent.pem", folder),
			   arena_printf(sc->mem, "%s%s", got.cert, pair.key));
}

/* By the hub's own functions, in this process: two thousand runs of a program would take longer. */
static enum err enrol_fleet(
	struct scope *parent, struct place *p, int64_t tenant, struct box *fleet, int n)
{
	struct engine *g = arena_alloc(parent->mem, sizeof *g);
	struct scope sc;
	enum err e;

	hub_begin(g);
	scope_open(&sc, &g->hub.world, "bench");
	e = hub_open(&sc, g, p->lab->hub_config, NEEDS_HUB);
	for (int i = 0; i < n && !e; i++) {
		struct scope one;

		scope_open_for(&one, &sc, tenant);
		one.actor.kind = ACTOR_SYSTEM;
		e = enrol_one(&one, p->lab, i, &fleet[i]);
		if (e)
			fail(&sc, e, "%s", one.why);
		scope_close(&one);
	}
	if (e)
		fail(parent, e, "%s", sc.why);
	hub_close(&sc, g);
	scope_close(&sc);
	return e;
}

static enum err beat(struct scope *parent, struct box *b)
{
	const struct wire_metric m = { .at = now_real(parent).ms,
		.cpu_permille = 20,
		.memory_kib = 300000,
		.memory_total_kib = 2000000,
		.disk_free_kib = 9000000,
		.disk_total_kib = 20000000,
		.rss_kib = 5000 };
	struct scope sc;
	enum err e;

	scope_open(&sc, parent->world, "bench");
	e = box_send(&sc, b, WIRE_METRIC, wire_put_metric(&sc, &m));
	if (e)
		fail(parent, e, "%s", sc.why);
	scope_close(&sc);
	return e;
}

static enum err run_fleet(struct scope *sc, struct bench *b, struct place *p)
{
	int n = bench_size(b, FLEET, 5);
	struct box *fleet = arena_array(sc->mem, (size_t)n, sizeof *fleet);
	int64_t tenant = raw_number(p->db, "SELECT tenant FROM tenant WHERE name = 'Bench Ltd'");
	int64_t most = 0, now;
	enum err e = enrol_fleet(sc, p, tenant, fleet, n);

	/* Some at a time: a handshake takes the broker a few milliseconds. */
	for (int i = 0; i < n && !e; i += AT_ONCE) {
		for (int k = i; k < n && k < i + AT_ONCE && !e; k++)
			e = box_begin(sc, p->lab, &fleet[k]);
		for (int k = i; k < n && k < i + AT_ONCE && !e; k++)
			e = box_greet(sc, &fleet[k]);
	}
	/* Evenly, as a fleet would: each reports every 30 seconds. */
	for (int i = 0; i < n && !e; i++) {
		e = beat(sc, &fleet[i]);
		sleep_ms(bench_size(b, BEAT_MS, 100) / n);
		now = rss_anon(&p->lab->hub);
		most = now > most ? now : most;
	}
	if (!e)
		bench_tell("hub_2000_rssanon_kib", "KiB", (double)most);
	for (int i = 0; i < n; i++)
		box_leave(&fleet[i]);
	return e;
}

enum err bench_memory(struct scope *sc, struct bench *b)
{
	struct place p = { 0 };
	enum err e = agent_at_work(sc, b);

	if (!e)
		e = place_open(sc, b, 1, &p);
	if (!e) {
		lab_stop_part(p.lab, &p.lab->hub);
		e = hub_start(sc, p.lab);
	}
	if (!e) {
		sleep_ms(bench_size(b, IDLE_MS, 100));
		bench_tell("hub_rssanon_kib", "KiB", (double)rss_anon(&p.lab->hub));
		e = run_fleet(sc, b, &p);
	}
	if (p.lab)
		place_close(&p);
	return e;
}
