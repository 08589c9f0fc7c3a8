/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whatever a link ends in, only what was signed is read back. */
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "crypt/secret.h"

#include "send/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct clock clock = { .rate = 1 };
	struct world world = { .clock = &clock };
	struct token_keys keys = { .count = 2 };
	struct token t = { TOKEN_CLICK, 1, 2, 3 }, back;
	struct scope sc;
	const char *text, *good;

	scope_open(&sc, &world, "fuzz");
	keys.list[0].number = 1;
	keys.list[1].number = 2;
	hmac_key_ready("the older key", 13, &keys.list[0].key);
	hmac_key_ready("the newer key", 13, &keys.list[1].key);
	text = arena_copy(sc.mem, data, size);
	good = token_put(&sc, &keys, &t);
	if (!token_get(&sc, &keys, text, &back) && strcmp(text, good) != 0)
		abort();
	if (token_get(&sc, &keys, good, &back) || back.link != 3)
		abort();
	scope_close(&sc);
	return 0;
}
