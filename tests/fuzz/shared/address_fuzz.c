/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is taken as an address has a key that is taken as the same address. */
#include <assert.h>

#include "base/str.h"
#include "mail/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct world world;
	struct scope sc;
	struct address a, again;

	scope_open(&sc, &world, "fuzz");
	if (!address_parse(&sc, NULL, arena_copy(sc.mem, data, size), &a)) {
		assert(!strpbrk(a.wire, " \r\n<>\","));
		assert(address_parse(&sc, NULL, a.key, &again) == ERR_NONE);
		assert(str_eq(a.key, again.key));
	}
	scope_close(&sc);
	return 0;
}
