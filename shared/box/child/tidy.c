/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "box/child/tidy.h"

#include <string.h>

#include "base/out.h"

#define MAX_ID 250

/* Bytes of the character at TEXT; 0 for what is no UTF-8. */
static size_t character(const char *text, size_t left)
{
	unsigned char c = (unsigned char)text[0];
	size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

	return n <= left && str_is_utf8(text, n) ? n : 0;
}

static const char *tidy(struct arena *mem, const char *text, size_t max, bool *cut, bool keep_lines)
{
	size_t len = text ? strlen(text) : 0;
	struct out o;

	if (!text)
		return NULL;
	out_init(&o, mem);
	for (size_t i = 0, n; i < len; i += n ? n : 1) {
		char c = text[i];

		n = character(text + i, len - i);
		if (o.len + (n ? n : 1) > max) {
			if (cut)
				*cut = true;
			break;
		}
		if (!n)
			out_char(&o, '?');
		else if (n > 1 || ((unsigned char)c >= ' ' && c != 0x7f))
			out_bytes(&o, text + i, n);
		else if (keep_lines && (c == '\n' || c == '\t'))
			out_char(&o, c);
		else if (!keep_lines)
			out_char(&o, ' ');
	}
	return str_trim(mem, o.data);
}

const char *tidy_line(struct arena *mem, const char *text, size_t max, bool *cut)
{
	return tidy(mem, text, max, cut, false);
}

const char *tidy_text(struct arena *mem, const char *text, size_t max, bool *cut)
{
	return tidy(mem, text, max, cut, true);
}

/* ---- HTML ---- */

/* Behind the element that begins at AT ("<style …>…</style>"). */
static const char *behind(const char *at, const char *element)
{
	const char *end = strcasestr(at, element);

	end = end ? strchr(end, '>') : NULL;
	return end ? end + 1 : at + strlen(at);
}

static bool is_tag(const char *at, const char *name)
{
	size_t n = strlen(name);

	return strncasecmp(at + 1, name, n) == 0 && strchr(" \t\r\n/>", at[1 + n]);
}

static const char *skip_tag(struct out *o, const char *at)
{
	static const char *const lines[] = { "br", "p", "/p", "div", "/div", "tr", "li", "h1", "h2",
		"blockquote", "/blockquote" };
	const char *end = strchr(at, '>');

	if (strncmp(at, "<!--", 4) == 0) {
		end = strstr(at, "-->");
		return end ? end + 3 : at + strlen(at);
	}
	if (is_tag(at, "style"))
		return behind(at, "</style");
	if (is_tag(at, "script"))
		return behind(at, "</script");
	for (size_t i = 0; i < COUNT(lines); i++)
		if (is_tag(at, lines[i]) && o->len && o->data[o->len - 1] != '\n')
			out_char(o, '\n');
	return end ? end + 1 : at + strlen(at);
}

static const char *entity(struct out *o, const char *at)
{
	static const struct {
		const char *name, *is;
	} names[] = { { "&amp;", "&" }, { "&lt;", "<" }, { "&gt;", ">" }, { "&quot;", "\"" },
		{ "&nbsp;", " " }, { "&#39;", "'" }, { "&auml;", "\303\244" },
		{ "&ouml;", "\303\266" }, { "&uuml;", "\303\274" }, { "&szlig;", "\303\237" } };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strncmp(at, names[i].name, strlen(names[i].name)) == 0) {
			out_text(o, names[i].is);
			return at + strlen(names[i].name);
		}
	out_char(o, '&');
	return at + 1;
}

const char *tidy_html(struct arena *mem, const char *html, size_t max)
{
	struct out o;

	out_init(&o, mem);
	while (*html && o.len < max) {
		if (*html == '<') {
			html = skip_tag(&o, html);
		} else if (*html == '&') {
			html = entity(&o, html);
		} else {
			bool blank = strchr(" \t\r\n", *html) != NULL;

			if (!blank)
				out_char(&o, *html);
			else if (o.len && !strchr(" \n", o.data[o.len - 1]))
				out_char(&o, ' ');
			html++;
		}
	}
	return o.data;
}

/* ---- ids ---- */

static bool is_id(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return len > 0 && len <= MAX_ID;
}

const char *tidy_id(struct arena *mem, const char **at)
{
	while (*at && (*at = strchr(*at, '<'))) {
		const char *from = *at + 1;
		size_t len = strcspn(from, "<> \t\r\n");

		*at = from + len;
		if (from[len] == '>' && is_id(from, len))
			return arena_copy(mem, from, len);
	}
	return NULL;
}

const char *tidy_one_id(struct arena *mem, const char *text)
{
	const char *at = text, *id = tidy_id(mem, &at), *word;

	if (id || !text)
		return id;
	word = str_trim(mem, text);
	return is_id(word, strlen(word)) ? word : NULL;
}
