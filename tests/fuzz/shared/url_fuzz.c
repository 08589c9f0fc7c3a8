/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pairs that parse survive being written and parsed again; an address names one host. */
#include "text/url.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct world world;
	struct scope sc;
	struct url_pair *list, *again;
	struct out o;
	struct url u;
	size_t n, m;

	scope_open(&sc, &world, "fuzz");
	if (url_pairs(&sc, bytes_of(data, size), 100, &list, &n) == ERR_NONE && n > 0) {
		out_init(&o, sc.mem);
		for (size_t i = 0; i < n; i++)
			url_add(&o, list[i].name, list[i].value);
		assert(url_pairs(&sc, bytes_of(o.data + 1, o.len - 1), 100, &again, &m) ==
			ERR_NONE);
		assert(n == m && strcmp(list[n - 1].value, again[n - 1].value) == 0);
	}
	if (url_parse(&sc, arena_copy(sc.mem, data, size), &u) == ERR_NONE)
		assert(!strchr(u.host, '/') && !strchr(u.host, '@') && u.path[0] == '/');
	scope_close(&sc);
	return 0;
}
