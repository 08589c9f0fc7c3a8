/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A child that was taken over may answer anything: its parent believes only what fits. */
#include <assert.h>

#include "box/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct world world = { 0 };
	struct box_mail m;
	struct scope sc;
	enum err e;

	scope_open(&sc, &world, "fuzz");
	e = box_mail_get(&sc, bytes_of(data, size), &m);
	assert(e == ERR_NONE || e == ERR_INPUT);
	if (!e) {
		assert(m.kind >= 0 && m.kind < BOX_KINDS);
		assert(m.answer_count <= BOX_MAX_IDS && m.people_count <= BOX_MAX_PEOPLE);
		assert(!m.text || strlen(m.text) <= BOX_MAX_TEXT);
		assert(box_mail_get(&sc, box_mail_put(&sc, &m), &m) == ERR_NONE);
	}
	scope_close(&sc);
	return 0;
}
