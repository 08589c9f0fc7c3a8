/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The first bytes of a file in Postfix's queue. */
#include <assert.h>
#include <string.h>

#include "queue.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	const struct world world = { 0 };
	const char *sender;
	struct scope sc;

	scope_open(&sc, &world, "fuzz");
	sender = queue_sender(&sc, bytes_of(data, len));
	if (sender)
		assert(strlen(sender) <= len);
	scope_close(&sc);
	return 0;
}
