/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whatever path is asked for: a row that is found has as many segments as the path, and its ids
   read back as they stand in it. */
#include "routes.h"
#include "web/table.h"

#include <assert.h>
#include <string.h>

#include "base/id.h"

static const struct table *compiled(void)
{
	static struct table *table;

	if (!table)
		table = table_new(routes);
	return table;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct world world;
	static const char *const methods[] = { "GET", "POST", "HEAD", "DELETE" };
	struct scope sc;
	struct match m;
	const char *path;

	if (size == 0)
		return 0;
	scope_open(&sc, &world, "fuzz");
	path = arena_copy(sc.mem, data + 1, size - 1);
	if (table_find(compiled(), &sc, methods[data[0] % 4], path, &m)) {
		assert(path[0] == '/' && m.kinds && (m.route || m.allow[0]));
		for (size_t i = 0; i < m.id_count; i++)
			assert(strstr(path, m.ids[i].prefix) || strchr(path, '%'));
		assert(!m.rest || m.rest[0]);
	}
	scope_close(&sc);
	return 0;
}
