/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A time zone file of any bytes is refused, or answers for any moment. */
#include "text/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct world world;
	struct scope sc;
	const struct zone *z;

	scope_open(&sc, &world, "fuzz");
	if (!zone_parse(&sc, bytes_of(data, size), &z))
		for (int64_t ms = -(INT64_C(1) << 42); ms < INT64_C(1) << 42;
			ms += INT64_C(1) << 34)
			zone_offset(z, ms);
	scope_close(&sc);
	return 0;
}
