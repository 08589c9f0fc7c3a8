/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Leased mails made into complete ones on one core, as the hub does before it hands them over: who
 * it is for is read from the database, Liquid filled in, links signed, MIME built. 2 KiB of HTML
 * and its text, five variables, a condition, three tracked links.
 */
#include "bench.h"

#include <stdlib.h>

#include "open.h"
#include "send/message.h"
#include "send/render.h"

#include "place.h"

#define MAILS 20000
#define BATCH 50 /* rendered in one scope, as a batch of work is */

static enum err track_links(struct scope *sc, struct place *p)
{
	return raw_run(sc, p->db,
		"UPDATE campaign SET track_clicks = 1; INSERT INTO host (name, tenant, purpose, "
		"scheme, state) VALUES ('go.bench.test', %lld, 'track', 'https', 'verified')",
		(long long)p->tenant);
}

static enum err render_batch(struct engine *g, const struct place *p, const int64_t *ids, int n)
{
	struct message *list;
	struct rendered r = { .mail_len = 0 };
	struct render_people people;
	struct scope sc;
	enum err e;

	scope_open(&sc, &g->hub.world, "bench");
	sc.tenant = p->tenant;
	list = arena_array(sc.mem, BATCH, sizeof *list);
	for (int i = 0; i < n; i++)
		list[i] = (struct message){ .id = ids[2 * i],
			.origin = "step",
			.campaign = p->campaign,
			.contact = ids[2 * i + 1],
			.content = p->content,
			.mailbox = p->mailbox,
			.leased_at = INT64_C(1767225600000) };
	e = render_people_read(&sc, list, (size_t)n, &people);
	for (int i = 0; i < n && !e; i++)
		e = render_message_among(&sc, g->hub.render, &list[i], &people, &r);
	if (!e && (r.mail_len < 4000 || strstr(r.html, "https://bench.test") ||
			  !strstr(r.html, "https://go.bench.test/t/c/")))
		e = fail(&sc, ERR_INTERNAL, "the mail is not what it should be:\n%s", r.mail);
	if (e)
		fprintf(stderr, "bench: render: %s\n", sc.why);
	scope_close(&sc);
	return e;
}

static enum err list_mails(struct scope *sc, struct place *p, int n, int64_t *ids)
{
	sqlite3_stmt *st = NULL;
	int have = 0;
	enum err e = raw_prepare(sc, p->db, "SELECT id, contact FROM message LIMIT ?1", &st);

	if (e)
		return e;
	sqlite3_bind_int(st, 1, n);
	for (; have < n && sqlite3_step(st) == SQLITE_ROW; have++) {
		ids[2 * have] = sqlite3_column_int64(st, 0);
		ids[2 * have + 1] = sqlite3_column_int64(st, 1);
	}
	sqlite3_finalize(st);
	return have == n ? ERR_NONE : fail(sc, ERR_INTERNAL, "only %d mails", have);
}

static enum err run_all(struct scope *sc, struct bench *b, struct place *p, struct engine *g)
{
	int n = bench_size(b, MAILS, 100);
	int64_t *ids = arena_array(sc->mem, 2 * (size_t)n, sizeof *ids);
	double rates[BENCH_RUNS];
	enum err e = list_mails(sc, p, n, ids);

	g->hub.render = render_new();
	for (int run = 0; run < b->runs && !e; run++) {
		double began = bench_own_cpu_us();

		for (int i = 0; i < n && !e; i += BATCH)
			e = render_batch(g, p, ids + 2 * i, n - i < BATCH ? n - i : BATCH);
		/* Of one core's time: nothing here waits. */
		rates[run] = n * 1e6 / (bench_own_cpu_us() - began);
		bench_note("render", run, rates[run], 0);
	}
	render_free(TAKE(g->hub.render));
	if (!e)
		bench_tell("render", "mails/s", bench_median(rates, b->runs));
	return e;
}

enum err bench_render(struct scope *sc, struct bench *b)
{
	struct engine *g = arena_alloc(sc->mem, sizeof *g);
	struct place p = { 0 };
	struct scope own;
	enum err e = place_open(sc, b, 1, &p);

	if (!e)
		e = place_fill(sc, &p, bench_size(b, MAILS, 100));
	if (!e)
		e = track_links(sc, &p);
	if (!e) {
		hub_begin(g);
		scope_open(&own, &g->hub.world, "bench");
		e = hub_open(&own, g, p.lab->hub_config, NEEDS_HUB);
		if (!e)
			e = run_all(sc, b, &p, g);
		else
			fail(sc, e, "%s", own.why);
		hub_close(&own, g);
		scope_close(&own);
	}
	place_close(&p);
	return e;
}
