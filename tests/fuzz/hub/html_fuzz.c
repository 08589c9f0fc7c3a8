/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Links lie within the HTML, in order; text can be made from anything. */
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"

#include "content/html.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = arena_new();
	const char *html = arena_copy(mem, data, size);
	struct html_link *links;
	size_t n = html_links(mem, html, &links), at = 0;

	for (size_t i = 0; i < n; i++) {
		if (links[i].from < at || links[i].to < links[i].from || links[i].to > strlen(html))
			abort();
		at = links[i].to;
	}
	html_with_links(mem, html);
	html_to_text(mem, html);
	arena_free(mem);
	return 0;
}
