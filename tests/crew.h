/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Tests in several processes at once. Each worker is a fork that keeps what its tests share, takes
 * the next test when it has done with one and runs the TEST_LAST ones before it ends. A test's
 * output is kept together and shown at the end where it failed. A worker that dies fails the test
 * in its hands and is replaced; one that ends badly (a leak) fails once more.
 */
#ifndef TESTS_CREW_H
#define TESTS_CREW_H

#include "kit.h"

struct crew_count {
	unsigned passed, failed;
};

/* LIST is in the order to begin them in; RUN says whether a test passed. */
struct crew_count crew_run(
	const struct test *const *list, size_t n, int jobs, bool (*run)(const struct test *));

#endif
