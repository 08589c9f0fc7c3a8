/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * make bench: how fast the product is beside what the machine itself could do. Each bench runs the
 * product through its real doors and, in turns, the bare code it is held against; a figure is the
 * median of its runs.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "base/scope.h"

#define BENCH_RUNS 5

struct bench {
	const struct world *world;
	const char *self; /* path of this program */
	bool smoke;       /* tiny sizes, to see that everything works; the speed means nothing */
	int runs;
};

/* What the runs gave. */
struct series {
	double product[BENCH_RUNS], limit[BENCH_RUNS];
	int n;
};

double bench_median(const double *list, int n);
/* One line of JSON: median over median. */
void bench_tell_series(const char *name, const char *unit, const struct series *s);
/* A figure that is held against nothing but a number. */
void bench_tell(const char *name, const char *unit, double value);
/* Processor time a process has used so far, all its threads; and this thread alone. */
double bench_cpu_us(int pid);
double bench_own_cpu_us(void);
/* One run's figures to the standard error output, for whoever watches. */
void bench_note(const char *name, int run, double product, double limit);
/* And the processor time of one unit, which tells more where others use the machine too. */
void bench_note_cpu(const char *name, double product_us, double limit_us);
/* The full size, or the tiny one of a smoke test. */
static inline int bench_size(const struct bench *b, int full, int tiny)
{
	return b->smoke ? tiny : full;
}

typedef enum err bench_fn(struct scope *sc, struct bench *b);
bench_fn bench_events, bench_dispatch, bench_render, bench_http, bench_import, bench_pace,
	bench_write, bench_growth, bench_memory;
/* `bench --bare-http DB PORT TENANT CAMPAIGN`: the limit of http; runs until it is ended. */
int bare_http(char **argv);

#endif
