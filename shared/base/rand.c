/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/rand.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

void rand_bytes(void *data, size_t len)
{
	unsigned char *p = data;

	while (len) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0)
			abort();
		p += n;
		len -= (size_t)n;
	}
}

int64_t rand_below(int64_t bound)
{
	uint64_t limit, value;

	assert(bound > 0);
	limit = UINT64_MAX - UINT64_MAX % (uint64_t)bound;
	do
		rand_bytes(&value, sizeof value);
	while (value >= limit);
	return (int64_t)(value % (uint64_t)bound);
}
