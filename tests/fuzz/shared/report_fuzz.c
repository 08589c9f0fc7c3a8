/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Fields of reports, and the signs of a machine's answer, in any bytes. */
#include <assert.h>

#include "mail/auto_reply.h"
#include "mail/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *from_group(void *arg, const char *name)
{
	return report_value(arg, name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = arena_new();
	const char *text = arena_copy(mem, data, size);
	struct report_group *g = arena_alloc(mem, sizeof *g);
	size_t at = 0;

	while (report_next(mem, bytes_of(data, size), &at, g)) {
		assert(g->count <= REPORT_MAX_FIELDS && at <= size);
		for (size_t i = 0; i < g->count; i++) {
			int code = report_code(g->fields[i].value);

			assert(strlen(g->fields[i].value) <= REPORT_MAX_VALUE);
			assert(code == 0 || (code >= 200 && code <= 599));
			(void)report_typed(g->fields[i].value);
		}
		(void)auto_reply_sign(mem, from_group, g, report_value(g, "Subject"), text);
	}
	(void)report_status(mem, text);
	arena_free(mem);
	return 0;
}
