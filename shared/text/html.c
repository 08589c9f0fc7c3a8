/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "text/html.h"

static const char *entity_of(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\t':
	case '\n':
	case '\r':
		return NULL;
	default:
		return c < 0x20 || c == 0x7f ? "" : NULL;
	}
}

void html_text(struct out *o, const char *text)
{
	const char *from = text;

	if (!text)
		return;
	for (; *text; text++) {
		const char *entity = entity_of((unsigned char)*text);

		if (!entity)
			continue;
		out_bytes(o, from, (size_t)(text - from));
		out_text(o, entity);
		from = text + 1;
	}
	out_bytes(o, from, (size_t)(text - from));
}

void html_int(struct out *o, int64_t n)
{
	out_int(o, n);
}

void html_markup(struct out *o, struct markup m)
{
	out_text(o, m.html);
}
