/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Mails of 5 KiB from due rows of the ledger to rows at their end, through hub, broker, agent and
 * Postfix, without any pace; against smtp-source, which puts mails as large into the same Postfix.
 * Postfix throws away what it takes.
 */
#include "bench.h"

#include "place.h"

#define MAILS 1500

static enum err wait_empty(struct scope *sc, struct place *p)
{
	const char *queue = lab_path(p->lab, "postfix/queue");
	const char *const argv[] = { "sh", "-c",
		arena_printf(sc->mem,
			"while [ -n \"$(find %s/incoming %s/active %s/deferred -type f | head -n 1)\" ]; "
			"do sleep 0.05; done",
			queue, queue, queue),
		NULL };
	const struct proc_spec spec = { "waiting for Postfix", argv,
		lab_path(p->lab, "log/find.log"), NULL, 0, 0 };

	return proc_run(sc, &spec, 60000, NULL);
}

static enum err run_limit(struct scope *sc, struct place *p, int n, double *rate)
{
	const char *const argv[] = { "smtp-source", "-s", "10", "-d", "-l", "5120", "-m",
		arena_printf(sc->mem, "%d", n), "-f", "pia@bench.test", "-t", "somebody@inbox.test",
		arena_printf(sc->mem, "127.0.0.1:%d", p->lab->smtp_port), NULL };
	const struct proc_spec spec = { "smtp-source", argv, lab_path(p->lab, "log/source.log"),
		NULL, 0, 0 };
	int64_t began = clock_mono();
	enum err e = proc_run(sc, &spec, 120000, NULL);

	*rate = (double)n * 1000 / (double)(clock_mono() - began + 1);
	return e ? e : wait_empty(sc, p);
}

static enum err run_product(struct scope *sc, struct place *p, int n, double *rate)
{
	enum err e = place_due(sc, p, n);
	int64_t began = clock_mono();

	if (!e)
		e = place_wait_ended(sc, p);
	*rate = (double)n * 1000 / (double)(clock_mono() - began + 1);
	if (!e && raw_number(p->db, "SELECT count(*) FROM message WHERE state <> 'delivered'"))
		return fail(sc, ERR_UPSTREAM, "not every mail was delivered");
	return e;
}

static enum err run_all(struct scope *sc, struct bench *b, struct place *p, struct series *s)
{
	int n = bench_size(b, MAILS, 50);
	enum err e = ERR_NONE;

	for (; s->n < b->runs && !e; s->n++) {
		double hub, agent;

		e = run_limit(sc, p, n, &s->limit[s->n]);
		hub = bench_cpu_us(p->lab->hub.pid);
		agent = bench_cpu_us(p->lab->agent.pid);
		if (!e)
			e = run_product(sc, p, n, &s->product[s->n]);
		bench_note("dispatch", s->n, s->product[s->n], s->limit[s->n]);
		bench_note_cpu("dispatch (hub, agent)", (bench_cpu_us(p->lab->hub.pid) - hub) / n,
			(bench_cpu_us(p->lab->agent.pid) - agent) / n);
	}
	return e;
}

enum err bench_dispatch(struct scope *sc, struct bench *b)
{
	struct place p = { 0 };
	struct series s = { .n = 0 };
	enum err e = place_open(sc, b, 0, &p);

	if (!e)
		e = run_all(sc, b, &p, &s);
	if (!e)
		bench_tell_series("dispatch", "mails/s", &s);
	place_close(&p);
	return e;
}
