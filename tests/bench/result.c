/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double bench_median(const double *list, int n)
{
	double sorted[BENCH_RUNS];

	memcpy(sorted, list, (size_t)n * sizeof *list);
	qsort(sorted, (size_t)n, sizeof *sorted, by_value);
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

/* Enough digits for what is small, none too many for what is large. */
static int digits(double value)
{
	return value < 10 ? 3 : value < 1000 ? 1 : 0;
}

void bench_tell_series(const char *name, const char *unit, const struct series *s)
{
	double value = bench_median(s->product, s->n), limit = bench_median(s->limit, s->n);

	printf("{\"bench\":\"%s\",\"value\":%.*f,\"unit\":\"%s\",\"limit\":%.*f,\"ratio\":%.3f}\n",
		name, digits(value), value, unit, digits(limit), limit, value / limit);
	fflush(stdout);
}

void bench_tell(const char *name, const char *unit, double value)
{
	printf("{\"bench\":\"%s\",\"value\":%.*f,\"unit\":\"%s\",\"limit\":null,\"ratio\":null}\n",
		name, digits(value), value, unit);
	fflush(stdout);
}

void bench_note(const char *name, int run, double product, double limit)
{
	fprintf(stderr, "bench: %s run %d: %.*f against %.*f\n", name, run + 1, digits(product),
		product, digits(limit), limit);
}

double bench_cpu_us(int pid)
{
	unsigned long user = 0, kernel = 0;
	char path[40], text[1000] = "";
	const char *at;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	/* The name in parentheses may hold anything. */
	if (fread(text, 1, sizeof text - 1, f) > 0 && (at = strrchr(text, ')')))
		sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
			&kernel);
	fclose(f);
	return (double)(user + kernel) * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

double bench_own_cpu_us(void)
{
	struct rusage r;

	getrusage(RUSAGE_THREAD, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

void bench_note_cpu(const char *name, double product_us, double limit_us)
{
	fprintf(stderr, "bench: %s processor time of one: %.1f us against %.1f us\n", name,
		product_us, limit_us);
}
