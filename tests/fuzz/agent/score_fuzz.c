/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What Rspamd answers about a draft. */
#include <assert.h>
#include <string.h>

#include "mailu/score.h"
#include "text/json.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	const struct world world = { 0 };
	const struct json *read;
	const char *body;
	struct scope sc;

	scope_open(&sc, &world, "fuzz");
	if (score_read(&sc, bytes_of(data, len), &body) == ERR_NONE)
		assert(json_parse(&sc, bytes_of(body, strlen(body)), 1024 * 1024, &read) ==
			ERR_NONE);
	scope_close(&sc);
	return 0;
}
