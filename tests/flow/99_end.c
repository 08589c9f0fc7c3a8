/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Last of all in each process: the parts end cleanly, and neither sanitizer nor assertion spoke in
 * any log. */
#include "flow.h"

static void check_log(struct scope *sc, struct lab *l, const char *part)
{
	static const char *const bad[] = { "ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
		"WARNING: ThreadSanitizer", "runtime error:", "Assertion", "level=error" };
	struct bytes log;

	if (lab_read(sc, arena_printf(sc->mem, "%s/log/%s.log", l->folder, part), &log))
		return;
	for (size_t i = 0; i < COUNT(bad); i++) {
		const char *found = strstr(log.data, bad[i]);

		if (found)
			fprintf(stderr, "\n%s.log: %.4000s\n", part, found);
		CHECK(found == NULL);
	}
}

TEST_WHEN(every_part_ends_cleanly_and_no_log_has_an_error, TEST_LAST)
{
	struct lab *l;

	if (!flow_has_company())
		return;
	l = flow_company(sc)->lab;
	CHECK_INT(proc_stop(l->janitor, &l->agent, 15000), 0);
	CHECK_INT(proc_stop(l->janitor, &l->hub, 15000), 0);
	check_log(sc, l, "hub");
	check_log(sc, l, "agent");
	check_log(sc, l, "sink");
}
