/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whatever a mail server answers stays within its bounds and is valid UTF-8 afterwards. */
#include <assert.h>

#include "base/str.h"
#include "net/smtp_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct world world = { 0 };
	struct smtp_reply r = { 0 };
	struct scope sc;
	const char *text;

	scope_open(&sc, &world, "fuzz");
	for (size_t at = 0; at < size;) {
		const uint8_t *end = memchr(data + at, '\n', size - at);
		size_t len = end ? (size_t)(end - (data + at)) + 1 : size - at;

		(void)smtp_reply_line(&r, (const char *)data + at, len);
		at += len;
	}
	text = smtp_reply_text(&sc, &r);
	assert(r.len <= SMTP_TEXT_MAX && r.code >= 0 && r.code <= 999);
	assert(strlen(smtp_reply_status(&sc, text)) <= 9);
	assert(!r.len || strlen(text) < r.len || str_is_utf8(text, r.len));
	(void)smtp_reply_queue_id(&sc, text);
	scope_close(&sc);
	return 0;
}
