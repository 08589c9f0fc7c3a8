/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* An expression, a line end, a text: compiling and matching end, whatever both say. */
#include <string.h>

#include "text/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = { 0 };
	struct scope sc;
	const struct pattern *p;
	char *text, *rest;

	scope_open(&sc, &w, "fuzz");
	text = arena_copy(sc.mem, data, size);
	rest = strchr(text, '\n');
	if (rest)
		*rest++ = 0;
	if (!pattern_compile(&sc, text, &p))
		pattern_matches(p, rest ? rest : "");
	scope_close(&sc);
	return 0;
}
