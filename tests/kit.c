/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Runs the registered tests with CUnit and says "N passed, N failed" for the runner that adds up.
 */
#include "kit.h"

#include <CUnit/Basic.h>
#include <sodium.h>
#include <unistd.h>

#include "base/id.h"
#include "base/log.h"
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

static void run_one(const struct test *test)
{
	struct kit kit = { .real_ms = NEW_YEAR };
	struct scope sc;

	kit.clock = (struct clock){ NEW_YEAR, NEW_YEAR, 1, read_kit_clock, &kit };
	kit.world.clock = &kit.clock;
	kit.world.ids = id_gen_new(0, 0);
	scope_open(&sc, &kit.world, "test");
	test->run(&sc, &kit);
	scope_close(&sc);
	if (store_close)
		store_close(kit.world.store);
	id_gen_free(kit.world.ids);
	if (folder[0])
		remove_folder(folder);
	folder[0] = 0;
}

/* CUnit's callbacks take no argument: the test is found again by its suite and name. */
static void run_current(void)
{
	const char *file = CU_get_current_suite()->pName, *name = CU_get_current_test()->pName;

	for (const struct test *const *t = __start_test_list; t < __stop_test_list; t++)
		if (str_eq((*t)->name, name) && str_eq((*t)->file, file)) {
			int64_t began = clock_mono();

			run_one(*t);
			if (getenv("TIMES"))
				fprintf(stderr, "%6lld ms %s\n", (long long)(clock_mono() - began),
					name);
			return;
		}
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

static CU_pSuite suite_of(const char *file)
{
	CU_pSuite suite = CU_get_suite(file);

	return suite ? suite : CU_add_suite(file, NULL, NULL);
}

int main(int argc, char **argv)
{
	/* With an argument only the tests whose name contains it. */
	const char *only = argc > 1 ? argv[1] : NULL;
	unsigned failed, ran;

	if (sodium_init() < 0 || CU_initialize_registry() != CUE_SUCCESS)
		return 2;
	for (const struct test *const *t = __start_test_list; t < __stop_test_list; t++)
		if (!only || strstr((*t)->name, only))
			CU_add_test(suite_of((*t)->file), (*t)->name, run_current);
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	failed = CU_get_number_of_tests_failed();
	ran = CU_get_number_of_tests_run();
	CU_cleanup_registry();
	printf("%u passed, %u failed\n", ran - failed, failed);
	/* CU_basic_run_tests() says 0 whatever failed. */
	return failed || ran == 0 ? 1 : 0;
}
