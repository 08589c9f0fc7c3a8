/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "text/html.h"

#include "base/str.h"
#include "text/url.h"

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

static bool is_allowed(const char *text)
{
	if (text[0] == '/')
		return text[1] != '/' && text[1] != '\\';
	if (text[0] == '#' || text[0] == '?')
		return true;
	return str_starts(text, "https://") || str_starts(text, "http://") ||
	       str_starts(text, "mailto:");
}

void html_href(struct out *o, struct href h)
{
	html_text(o, h.text && is_allowed(h.text) ? h.text : "#");
}

void html_part(struct out *o, const char *text)
{
	if (text)
		url_escape(o, text);
}

void html_attr(struct out *o, struct attr a)
{
	if (!a.name)
		return;
	out_char(o, ' ');
	out_text(o, a.name);
}
