/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whatever is sent as a mail is read without harm, and what is said of it, its parent can read. */
#include <assert.h>

#include "box/child/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool prepared;
	const struct world world = { 0 };
	struct box_mail m, again;
	struct scope sc;
	enum err e;

	if (!prepared)
		parse_prepare();
	prepared = true;
	scope_open(&sc, &world, "fuzz");
	if (parse_mail(&sc, bytes_of(data, size), &m) == ERR_NONE) {
		e = box_mail_get(&sc, box_mail_put(&sc, &m), &again);
		assert(e == ERR_NONE);
		assert(again.kind == m.kind && again.people_count == m.people_count);
		assert(again.answer_count == m.answer_count && str_eq(again.text, m.text));
	}
	scope_close(&sc);
	return 0;
}
