/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whatever a name server sends: the parser ends, and what it found is clean and bounded. */
#include <assert.h>
#include <string.h>

#include "net/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = arena_new();
	struct dns_query q = { "a.test", DNS_MX };
	struct dns_answer a;

	if (size) {
		q.type = data[0] % DNS_TYPES;
		dns_parse(mem, &q, bytes_of(data + 1, size - 1), &a);
		assert((a.state == DNS_FOUND) == (a.count > 0) && a.count <= DNS_MAX_RECORDS);
		assert((a.state == DNS_FOUND) == (a.why == NULL));
		assert(a.ttl_s >= 0 && a.ttl_s <= INT32_MAX);
		for (size_t i = 0; i < a.count; i++)
			assert(str_is_utf8(a.records[i].text, strlen(a.records[i].text)));
	}
	arena_free(mem);
	return 0;
}
