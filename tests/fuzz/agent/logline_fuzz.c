/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A line of the mail log: bounded, valid results, whatever a remote side got written into it. */
#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "logline.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	const struct world world = { 0 };
	struct logline line;
	struct scope sc;

	scope_open(&sc, &world, "fuzz");
	logline_parse(&sc, (const char *)data, len, &line);
	if (line.kind != LOGLINE_OTHER)
		assert(line.queue_id && strlen(line.queue_id) <= 20);
	if (line.text)
		assert(strlen(line.text) <= 512 && str_is_utf8(line.text, strlen(line.text)));
	assert(line.code == 0 || (line.code >= 200 && line.code <= 599));
	scope_close(&sc);
	return 0;
}
