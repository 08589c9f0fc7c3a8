/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whatever a server says: each response lies within what came, and reading it goes on behind it. */
#include <assert.h>

#include "net/imap_reply.h"

#define MAX_LITERAL 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = arena_new();
	struct imap_reply r;
	int64_t uids[8];
	size_t at = 0, n;

	while (at < size && imap_reply_take(mem, bytes_of(data + at, size - at), MAX_LITERAL, &r) ==
				    IMAP_WHOLE) {
		assert(r.len > 0 && r.len <= size - at);
		assert(r.literal.len <= MAX_LITERAL);
		assert(!r.literal.data || ((const uint8_t *)r.literal.data >= data + at &&
						  (const uint8_t *)r.literal.data + r.literal.len <=
							  data + at + r.len));
		n = 0;
		(void)imap_search(&r, 2, COUNT(uids), uids, &n);
		assert(n <= COUNT(uids) && imap_code(&r, "UIDNEXT") >= 0);
		(void)imap_is_fetch(&r, 33);
		(void)imap_is_exists(&r);
		(void)imap_is_go_on(&r);
		(void)imap_is_capable(&r, "IDLE");
		(void)imap_tagged(&r, "P1");
		at += r.len;
	}
	arena_free(mem);
	return 0;
}
