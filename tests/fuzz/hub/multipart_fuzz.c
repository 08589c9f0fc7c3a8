/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A body taken apart stays within its bytes. The first line is the content type. */
#include "web/multipart.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct world world;
	const uint8_t *line = memchr(data, '\n', size);
	struct scope sc;
	struct part *parts;
	struct bytes body;
	size_t n;

	if (!line)
		return 0;
	scope_open(&sc, &world, "fuzz");
	body = bytes_of(line + 1, size - (size_t)(line + 1 - data));
	if (multipart_parse(&sc, arena_copy(sc.mem, data, (size_t)(line - data)), body, &parts,
		    &n) == ERR_NONE)
		for (size_t i = 0; i < n; i++) {
			const char *at = parts[i].data.data, *start = body.data;

			assert(parts[i].name && at >= start &&
				at + parts[i].data.len <= start + body.len);
		}
	scope_close(&sc);
	return 0;
}
