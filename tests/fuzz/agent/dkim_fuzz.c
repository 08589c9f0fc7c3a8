/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A mail's signature and a key: whatever both are, an answer and nothing else. */
#include <string.h>

#include "mailu/dkim.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	const struct world world = { 0 };
	const char *mail, *key;
	struct scope sc;
	size_t n = len ? data[0] : 0;

	if (len < 1 + n)
		return 0;
	scope_open(&sc, &world, "fuzz");
	key = arena_copy(sc.mem, data + 1, n);
	mail = arena_copy(sc.mem, data + 1 + n, len - 1 - n);
	(void)dkim_trouble(&sc, mail, key);
	scope_close(&sc);
	return 0;
}
