/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The warm-up engine in memory, on one core: decisions, thirty days rehearsed, cached domains. */
#include <stdio.h>

#include "pace/data.h"
#include "pace/rehearse.h"
#include "warmup/site_memory.h"

#include "bench.h"

#define START     INT64_C(1767571200000)
#define MAILBOXES 1000
#define PROVIDERS 12
#define DOMAINS   100000

struct fleet {
	struct lane ip, providers[PROVIDERS], boxes[MAILBOXES];
	struct lane_rules rules[LANE_KINDS];
};

static void open_fleet(struct fleet *f, const struct ramp_plan *plan)
{
	f->rules[LANE_IP] = (struct lane_rules){ .kind = LANE_IP, .gates = &plan->gates };
	f->rules[LANE_PROVIDER] =
		(struct lane_rules){ LANE_PROVIDER, &plan->curves[RAMP_OTHER], 0, &plan->gates };
	f->rules[LANE_MAILBOX] =
		(struct lane_rules){ LANE_MAILBOX, &plan->curves[RAMP_MAILBOX], 0, &plan->gates };
	lane_open(&f->ip, &f->rules[LANE_IP], START);
	for (int i = 0; i < PROVIDERS; i++)
		lane_open(&f->providers[i], &f->rules[LANE_PROVIDER], START);
	for (int i = 0; i < MAILBOXES; i++)
		lane_open(&f->boxes[i], &f->rules[LANE_MAILBOX], START);
}

/* One decision: may this mailbox send to that provider now? What may, is counted. */
static int64_t decide(struct fleet *f, int64_t n, int64_t *released)
{
	struct pace_case c = { .box = { .listed = true,
				       .active = true,
				       .cap = RAMP_CAP,
				       .days = 127,
				       .to_minute = 1440 } };

	for (int64_t i = 0; i < n; i++) {
		int64_t box = i % MAILBOXES, provider = i / MAILBOXES % PROVIDERS;
		int64_t now = START + i;

		c.mail.id = i;
		c.lanes[LANE_IP] = &f->ip;
		c.lanes[LANE_PROVIDER] = &f->providers[provider];
		c.lanes[LANE_MAILBOX] = &f->boxes[box];
		if (pace_check(&c, (struct plan){ now }).limit != PACE_FREE)
			continue;
		lane_release(&f->ip, now, false);
		lane_release(&f->providers[provider], now, false);
		lane_release(&f->boxes[box], now, false);
		++*released;
	}
	return n;
}

static enum err bench_decisions(struct scope *sc, struct bench *b)
{
	struct fleet *f = arena_alloc(sc->mem, sizeof *f);
	double rates[BENCH_RUNS];
	const struct ramp_plan *plan;
	enum err e = ramp_builtin(sc, "standard", &plan);

	for (int run = 0; run < b->runs && !e; run++) {
		int64_t released = 0, n;
		double began;

		open_fleet(f, plan);
		began = bench_own_cpu_us();
		n = decide(f, bench_size(b, 1000000, 2000), &released);
		rates[run] = (double)n * 1e6 / (bench_own_cpu_us() - began);
		if (!released)
			e = fail(sc, ERR_INTERNAL, "nothing was ever free to go");
	}
	if (!e)
		bench_tell("pace_decisions_per_s", "decisions/s", bench_median(rates, b->runs));
	return e;
}

static enum err rehearse_once(struct scope *sc, int64_t days, double *seconds)
{
	struct theatre *t = arena_alloc(sc->mem, sizeof *t);
	const struct ramp_plan *plan;
	double began = bench_own_cpu_us();
	struct rehearsal *r;
	enum err e = theatre_parse(sc, pace_data("world"), providers_builtin(sc), t);

	if (!e)
		e = ramp_builtin(sc, "standard", &plan);
	if (e)
		return e;
	r = rehearse_open(sc, &(struct rehearsal_setup){ .plan = plan,
				      .rules = shape_builtin(sc),
				      .theatre = t,
				      .start = START,
				      .volume = 2000,
				      .mailboxes = 20,
				      .gap_ms = 5 * MINUTE_MS,
				      .jitter_ms = 5 * MINUTE_MS,
				      .queued_most = 20 });
	for (int64_t now = START; now < START + days * DAY_MS; now += MINUTE_MS)
		rehearse_step(r, now);
	*seconds = (bench_own_cpu_us() - began) / 1e6;
	return ERR_NONE;
}

static enum err bench_domains(struct scope *sc, struct bench *b)
{
	int n = bench_size(b, DOMAINS, 100), rounds = bench_size(b, 20, 1);
	struct site_memory *m = site_memory_new(sc->world, (size_t)n);
	const char **names = arena_array(sc->mem, (size_t)n, sizeof *names);
	double rates[BENCH_RUNS];
	int64_t found = 0;

	for (int i = 0; i < n; i++) {
		names[i] = arena_printf(sc->mem, "company-%d.example", i);
		site_memory_put(m,
			&(struct site_row){
				.name = names[i], .provider = PROVIDER_NOBODY, .until = DAY_MS });
	}
	for (int run = 0; run < b->runs; run++) {
		double began = bench_own_cpu_us();
		struct site_row row;

		for (int round = 0; round < rounds; round++)
			for (int i = 0; i < n; i++)
				found += site_memory_get(m, names[i], (struct real){ 1 }, &row);
		rates[run] = (double)n * rounds * 1e6 / (bench_own_cpu_us() - began + 1);
	}
	site_memory_free(m);
	bench_tell("classified_domains_per_s", "domains/s", bench_median(rates, b->runs));
	return found > 0 ? ERR_NONE : fail(sc, ERR_INTERNAL, "no domain was known");
}

enum err bench_pace(struct scope *sc, struct bench *b)
{
	double seconds[BENCH_RUNS];
	enum err e = bench_decisions(sc, b);

	for (int run = 0; run < b->runs && !e; run++)
		e = rehearse_once(sc, bench_size(b, 30, 1), &seconds[run]);
	if (!e)
		bench_tell("rehearse_30_days_s", "s", bench_median(seconds, b->runs));
	return e ? e : bench_domains(sc, b);
}
