/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whatever the file, the reader ends, stays inside it, and its offset always moves on. */
#include <assert.h>

#include "text/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = arena_new();
	struct csv c;
	struct csv_row row;
	size_t last = 0;

	csv_open(&c, bytes_of(data, size));
	while (csv_next(&c, mem, &row)) {
		assert(c.at > last && c.at <= size);
		last = c.at;
		assert(row.fault ? row.count == 0 : row.count >= 1);
		for (size_t i = 0; i < row.count; i++)
			assert(str_is_utf8(row.fields[i], strlen(row.fields[i])));
	}
	arena_free(mem);
	return 0;
}
