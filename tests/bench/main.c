/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* bench [--smoke] [NAME…]: all benches, or those named. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/id.h"
#include "base/str.h"

#include "bench.h"

static const struct {
	const char *name;
	bench_fn *run;
} benches[] = {
	{ "events", bench_events },
	{ "dispatch", bench_dispatch },
	{ "render", bench_render },
	{ "http", bench_http },
	{ "import", bench_import },
	{ "write", bench_write },
	{ "growth", bench_growth },
	{ "memory", bench_memory },
	{ "pace", bench_pace },
};

static bool run_one(struct bench *b, size_t i)
{
	int64_t began = clock_mono();
	struct scope sc;
	enum err e;

	scope_open(&sc, b->world, "bench");
	e = benches[i].run(&sc, b);
	if (e)
		fprintf(stderr, "bench: %s: %s\n", benches[i].name, sc.why ? sc.why : "failed");
	else
		fprintf(stderr, "bench: %s took %.1f s\n", benches[i].name,
			(double)(clock_mono() - began) / 1000);
	scope_close(&sc);
	return !e;
}

static bool is_bench(const char *name)
{
	for (size_t i = 0; i < COUNT(benches); i++)
		if (str_eq(name, benches[i].name))
			return true;
	return false;
}

static bool wanted(char **names, const char *name)
{
	for (char **n = names; *n; n++)
		if (str_eq(*n, name))
			return true;
	return !*names;
}

static bool run_all(struct bench *b, char **names)
{
	bool good = true;

	for (size_t i = 0; i < COUNT(benches); i++)
		if (wanted(names, benches[i].name) && !run_one(b, i))
			good = false;
	return good;
}

int main(int argc, char **argv)
{
	const struct clock clock = { .rate = 1 };
	struct world world = { .clock = &clock, .ids = id_gen_new(0, 62) };
	struct bench b = { .world = &world, .self = "/proc/self/exe", .runs = BENCH_RUNS };
	bool good;

	signal(SIGPIPE, SIG_IGN);
	if (argc == 6 && str_eq(argv[1], "--bare-http"))
		return bare_http(argv + 2);
	if (argc > 1 && str_eq(argv[1], "--smoke")) {
		b.smoke = true;
		b.runs = 1;
		argv++;
	}
	for (char **n = argv + 1; *n; n++)
		if (!is_bench(*n)) {
			fprintf(stderr, "usage: bench [--smoke] [NAME…]; there is no %s\n", *n);
			return 2;
		}
	good = run_all(&b, argv + 1);
	id_gen_free(world.ids);
	return good ? 0 : 1;
}
