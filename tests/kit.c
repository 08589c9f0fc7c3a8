/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Runs the registered tests with CUnit and says "N passed, N failed" for the runner that adds up.
 */
#include "kit.h"

#include <CUnit/TestRun.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/id.h"
#include "base/log.h"
#include "crew.h"
#include "store/db.h"

extern const struct test *const __start_test_list[] __attribute__((weak));
extern const struct test *const __stop_test_list[] __attribute__((weak));

/* Tests of the pure layers link no database. */
#pragma weak store_close

#define NEW_YEAR INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

static int64_t read_kit_clock(void *from)
{
	return ((struct kit *)from)->real_ms;
}

static void remove_folder(const char *path)
{
	char command[256];

	snprintf(command, sizeof command, "rm -rf '%s'", path);
	if (system(command) != 0)
		fprintf(stderr, "cannot remove %s\n", path);
}

static char folder[64];

const char *kit_folder(struct scope *sc)
{
	if (!folder[0]) {
		snprintf(folder, sizeof folder, "/tmp/penguin-test.XXXXXX");
		NEED(mkdtemp(folder) != NULL);
	}
	return arena_text(sc->mem, folder);
}

/* The test in hand; CUnit's callbacks take no argument. */
static struct {
	const struct test *test;
	struct kit kit;
	struct scope sc;
} now;

static void run_now(void)
{
	now.test->run(&now.sc, &now.kit);
}

static void open_world(const struct test *test)
{
	now.test = test;
	now.kit = (struct kit){ .real_ms = NEW_YEAR };
	now.kit.clock = (struct clock){ NEW_YEAR, NEW_YEAR, 1, read_kit_clock, &now.kit };
	now.kit.world.clock = &now.kit.clock;
	now.kit.world.ids = id_gen_new(0, 0);
	scope_open(&now.sc, &now.kit.world, "test");
}

/* Also of a test that was left in the middle, by NEED(). */
static void close_world(void)
{
	scope_close(&now.sc);
	if (store_close)
		store_close(now.kit.world.store);
	id_gen_free(now.kit.world.ids);
	if (folder[0])
		remove_folder(folder);
	folder[0] = 0;
}

void kit_check_text(
	const char *file, int line, const char *what, const char *actual, const char *expected)
{
	bool same = str_eq(actual, expected);

	if (!same)
		fprintf(stderr, "\n%s:%d: %s\n  is       «%s»\n  expected «%s»\n", file, line, what,
			actual ? actual : "NULL", expected ? expected : "NULL");
	CU_assertImplementation(same, (unsigned)line, what, file, "", CU_FALSE);
}

void kit_check_int(const char *file, int line, const char *what, int64_t actual, int64_t expected)
{
	if (actual != expected)
		fprintf(stderr, "\n%s:%d: %s is %lld, expected %lld\n", file, line, what,
			(long long)actual, (long long)expected);
	CU_assertImplementation(actual == expected, (unsigned)line, what, file, "", CU_FALSE);
}

void kit_ok(const char *file, int line, const char *what, struct scope *sc, enum err e)
{
	if (e)
		fprintf(stderr, "\n%s:%d: %s: %s: %s\n", file, line, what, err_name(e),
			sc->why ? sc->why : "");
	CU_assertImplementation(e == ERR_NONE, (unsigned)line, what, file, "", CU_TRUE);
}

/* ---- running ---- */

static void show_failures(void)
{
	for (const CU_FailureRecord *f = CU_get_failure_list(); f; f = f->pNext)
		fprintf(stderr, "%s:%u: %s\n", f->strFileName, f->uiLineNumber, f->strCondition);
}

static bool passes(const struct test *test)
{
	bool passed;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return false;
	CU_add_test(CU_add_suite(test->file, NULL, NULL), test->name, run_now);
	open_world(test);
	CU_run_all_tests();
	close_world();
	passed = CU_get_number_of_failures() == 0 && CU_get_number_of_tests_run() == 1;
	show_failures();
	CU_cleanup_registry();
	return passed;
}

/* In the order of the files, those that must be alone at the end. */
static int by_place(const void *a, const void *b)
{
	const struct test *x = *(const struct test *const *)a;
	const struct test *y = *(const struct test *const *)b;
	int order = (x->when == TEST_SOLO) - (y->when == TEST_SOLO);

	if (order == 0)
		order = strcmp(x->file, y->file);
	return order ? order : x->line - y->line;
}

static struct crew_count run_here(const struct test *const *list, size_t n)
{
	struct crew_count count = { 0, 0 };

	for (size_t i = 0; i < n; i++) {
		bool passed = passes(list[i]);

		printf("%s %s\n", passed ? "passed" : "FAILED", list[i]->name);
		count.passed += passed;
		count.failed += !passed;
	}
	return count;
}

/* ONLY is the name of a file: all tests in it. */
static bool is_file(const char *path, const char *only)
{
	const char *slash = strrchr(path, '/');

	return str_eq(slash ? slash + 1 : path, only);
}

/* A program may say more. */
extern const int kit_jobs __attribute__((weak));

int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : NULL, *told = getenv("JOBS");
	size_t all = (size_t)(__stop_test_list - __start_test_list), n = 0, named = 0;
	const struct test **list = calloc(all + 1, sizeof *list);
	int64_t jobs = &kit_jobs ? kit_jobs : 1;
	struct crew_count count;

	if (!list || sodium_init() < 0 || (told && !str_int(told, 0, 64, &jobs)))
		return 2;
	for (size_t i = 0; i < all; i++) {
		const struct test *t = __start_test_list[i];
		bool is_named = !only || strstr(t->name, only) || is_file(t->file, only);

		named += is_named;
		if (is_named || t->when == TEST_LAST)
			list[n++] = t;
	}
	qsort(list, n, sizeof *list, by_place);
	count = jobs == 0 ? run_here(list, n) : crew_run(list, n, (int)jobs, passes);
	free(list);
	printf("%u passed, %u failed\n", count.passed, count.failed);
	return count.failed || named == 0 ? 1 : 0;
}
