/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "content/html.h"

#include <string.h>

#include "base/out.h"
#include "base/str.h"

/* ---- scanning ---- */

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Behind the Liquid output or tag that begins at P, or NULL when none does. */
static const char *liquid_end(const char *p)
{
	const char *end;

	if (p[0] != '{' || (p[1] != '{' && p[1] != '%'))
		return NULL;
	end = strstr(p + 2, p[1] == '{' ? "}}" : "%}");
	return end ? end + 2 : NULL;
}

/* Liquid's {% NAME … %} at P. */
static bool liquid_is(const char *p, const char *name)
{
	p += 2 + (p[2] == '-');
	while (is_blank(*p))
		p++;
	return strncmp(p, name, strlen(name)) == 0 && !is_letter(p[strlen(name)]);
}

/* Behind what Liquid does not show or not read at P: {% comment %}, {% raw %}; NULL for others. */
static const char *liquid_quiet_end(const char *p)
{
	bool raw = liquid_is(p, "raw");
	const char *at = p;

	if (p[1] != '%' || (!raw && !liquid_is(p, "comment")))
		return NULL;
	while ((at = strstr(at + 2, "{%")))
		if (liquid_is(at, raw ? "endraw" : "endcomment"))
			return liquid_end(at);
	return NULL;
}

/* One tag's name and place; the attributes follow. */
struct tag {
	const char *name;
	size_t len;
	bool closing;
	const char *rest, *end; /* of the attributes; END is the '>' */
};

/* The '>' of a tag, not one within quotes or Liquid. */
static const char *tag_end(const char *p)
{
	for (; *p && *p != '>'; p++) {
		const char *end = liquid_end(p);

		if (end) {
			p = end - 1;
		} else if (*p == '"' || *p == '\'') {
			const char *close = strchr(p + 1, *p);

			if (close)
				p = close;
		}
	}
	return p;
}

static bool read_tag(const char *p, struct tag *t)
{
	t->closing = p[1] == '/';
	t->name = p + 1 + t->closing;
	for (t->len = 0; is_letter(t->name[t->len]) ||
			 (t->len && t->name[t->len] >= '0' && t->name[t->len] <= '9');)
		t->len++;
	if (!t->len)
		return false;
	t->rest = t->name + t->len;
	t->end = tag_end(t->rest);
	return true;
}

static bool name_is(const char *name, size_t len, const char *is)
{
	return strlen(is) == len && strncasecmp(name, is, len) == 0;
}

static bool tag_is_one_of(const struct tag *t, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (name_is(t->name, t->len, names[i]))
			return true;
	return false;
}

/* The value of attribute NAME within T: false when it has none. */
static bool attribute(const struct tag *t, const char *name, const char **value, size_t *len)
{
	const char *p = t->rest;

	while (p < t->end) {
		const char *word, *end;
		size_t n;

		while (p < t->end && (is_blank(*p) || *p == '/' || *p == '"' || *p == '\''))
			p++;
		word = p;
		while (p < t->end && !is_blank(*p) && *p != '=' && *p != '/')
			p++;
		n = (size_t)(p - word);
		while (p < t->end && is_blank(*p))
			p++;
		if (p >= t->end || *p != '=') {
			if (!n)
				p++;
			continue;
		}
		p++;
		while (p < t->end && is_blank(*p))
			p++;
		if (p < t->end && (*p == '"' || *p == '\'')) {
			end = memchr(p + 1, *p, (size_t)(t->end - p - 1));
			end = end ? end : t->end;
			*value = p + 1;
			p = end < t->end ? end + 1 : end;
		} else {
			*value = p;
			while (p < t->end && !is_blank(*p))
				p++;
			end = p;
		}
		*len = (size_t)(end - *value);
		if (name_is(word, n, name))
			return true;
	}
	return false;
}

/* ---- entities ---- */

static const struct {
	const char *name, *text;
} entities[] = {
	{ "amp", "&" },
	{ "lt", "<" },
	{ "gt", ">" },
	{ "quot", "\"" },
	{ "apos", "'" },
	{ "nbsp", " " },
	{ "ndash", "–" },
	{ "mdash", "—" },
	{ "hellip", "…" },
	{ "laquo", "«" },
	{ "raquo", "»" },
	{ "bdquo", "„" },
	{ "ldquo", "“" },
	{ "rdquo", "”" },
	{ "lsquo", "‘" },
	{ "rsquo", "’" },
	{ "bull", "•" },
	{ "middot", "·" },
	{ "copy", "©" },
	{ "reg", "®" },
	{ "trade", "™" },
	{ "euro", "€" },
	{ "times", "×" },
	{ "rarr", "→" },
	{ "auml", "ä" },
	{ "ouml", "ö" },
	{ "uuml", "ü" },
	{ "Auml", "Ä" },
	{ "Ouml", "Ö" },
	{ "Uuml", "Ü" },
	{ "szlig", "ß" },
	{ "eacute", "é" },
	{ "egrave", "è" },
	{ "agrave", "à" },
	{ "ccedil", "ç" },
	{ "ntilde", "ñ" },
};

static void put_utf8(struct out *o, uint32_t c)
{
	if (c < 0x80) {
		out_char(o, (char)c);
		return;
	}
	if (c < 0x800) {
		out_char(o, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			out_char(o, (char)(0xe0 | c >> 12));
		} else {
			out_char(o, (char)(0xf0 | c >> 18));
			out_char(o, (char)(0x80 | (c >> 12 & 63)));
		}
		out_char(o, (char)(0x80 | (c >> 6 & 63)));
	}
	out_char(o, (char)(0x80 | (c & 63)));
}

/* The entity at P into O; how many bytes it took, 0 when it is none. */
static size_t put_entity(struct out *o, const char *p, const char *end)
{
	const char *semi = memchr(p, ';', (size_t)(end - p < 12 ? end - p : 12));
	size_t n = semi ? (size_t)(semi - p) - 1 : 0;

	if (!semi || n == 0)
		return 0;
	if (p[1] == '#') {
		bool hex = p[2] == 'x' || p[2] == 'X';
		char *stop;
		unsigned long c = strtoul(p + 2 + hex, &stop, hex ? 16 : 10);

		if (stop != semi || c < 32 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
			return 0;
		put_utf8(o, (uint32_t)c);
		return n + 2;
	}
	for (size_t i = 0; i < COUNT(entities); i++)
		if (strlen(entities[i].name) == n && memcmp(entities[i].name, p + 1, n) == 0) {
			out_text(o, entities[i].text);
			return n + 2;
		}
	return 0;
}

static const char *plain(struct arena *mem, const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	struct out o;

	out_init(&o, mem);
	while (p < end) {
		size_t took = *p == '&' ? put_entity(&o, p, end) : 0;

		if (!took)
			out_char(&o, *p);
		p += took ? took : 1;
	}
	return o.data;
}

/* ---- links ---- */

static bool is_trackable(const char *value, size_t len)
{
	if (len > 2000 ||
		(strncasecmp(value, "http://", 7) != 0 && strncasecmp(value, "https://", 8) != 0))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)value[i] <= ' ' ||
			(i + 1 < len && value[i] == '{' &&
				(value[i + 1] == '{' || value[i + 1] == '%')))
			return false;
	return true;
}

size_t html_links(struct arena *mem, const char *html, struct html_link **links)
{
	static const char *const anchors[] = { "a", "area" };
	struct html_link *list = arena_array(mem, HTML_MAX_LINKS, sizeof *list);
	size_t n = 0;

	for (const char *p = html; *p && n < HTML_MAX_LINKS;) {
		const char *end = liquid_end(p), *quiet = end ? liquid_quiet_end(p) : NULL, *value;
		struct tag t;
		size_t len;

		if (end) {
			p = quiet ? quiet : end;
			continue;
		}
		if (strncmp(p, "<!--", 4) == 0) {
			end = strstr(p, "-->");
			p = end ? end + 3 : p + 4;
			continue;
		}
		if (*p != '<' || !read_tag(p, &t)) {
			p++;
			continue;
		}
		p = *t.end ? t.end + 1 : t.end;
		if (!t.closing && tag_is_one_of(&t, anchors, COUNT(anchors)) &&
			attribute(&t, "href", &value, &len) && is_trackable(value, len))
			list[n++] = (struct html_link){ (size_t)(value - html),
				(size_t)(value - html) + len, plain(mem, value, len) };
	}
	*links = list;
	return n;
}

const char *html_with_links(struct arena *mem, const char *html)
{
	struct html_link *links;
	size_t n = html_links(mem, html, &links), at = 0;
	struct out o;

	out_init(&o, mem);
	for (size_t i = 0; i < n; i++) {
		out_bytes(&o, html + at, links[i].from - at);
		out_printf(&o, "{{ link.n%zu }}", i + 1);
		at = links[i].to;
	}
	out_text(&o, html + at);
	return o.data;
}

/* ---- text ---- */

struct writer {
	struct out o;
	int lines;  /* line ends owed before the next word */
	bool blank; /* a blank is owed */
	struct arena *mem;
	const char *href; /* of the open link */
	size_t href_len, href_from;
};

/* Pays what is owed, before something visible. */
static void settle(struct writer *w)
{
	if (w->o.len == 0) {
		w->lines = 0;
		w->blank = false;
		return;
	}
	if (w->lines) {
		for (int i = 0; i < w->lines; i++)
			out_char(&w->o, '\n');
	} else if (w->blank) {
		out_char(&w->o, ' ');
	}
	w->lines = 0;
	w->blank = false;
}

static void owe(struct writer *w, int lines)
{
	if (w->lines < lines)
		w->lines = lines;
	w->blank = false;
}

static void close_link(struct writer *w)
{
	const char *href = w->href, *shown = w->o.data + w->href_from;

	w->href = NULL;
	if (!href || !w->href_len || *href == '#')
		return;
	if (strncasecmp(href, "mailto:", 7) == 0) {
		href += 7;
		w->href_len -= 7;
	}
	href = plain(w->mem, href, w->href_len);
	/* A link that shows its own address needs it once. */
	if (w->o.len > w->href_from && strstr(shown, href))
		return;
	if (w->o.len > w->href_from)
		out_printf(&w->o, " (%s)", href);
	else {
		settle(w);
		out_text(&w->o, href);
	}
}

static void text_tag(struct writer *w, const struct tag *t)
{
	static const char *const paragraphs[] = { "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul",
		"ol", "table", "blockquote", "pre", "hr" };
	static const char *const lines[] = { "div", "tr", "br", "li", "section", "article",
		"header", "footer", "body", "center", "dt", "dd" };

	if (tag_is_one_of(t, paragraphs, COUNT(paragraphs))) {
		owe(w, 2);
	} else if (name_is(t->name, t->len, "br")) {
		/* Each break counts. */
		if (w->lines < 3)
			w->lines++;
		w->blank = false;
	} else if (tag_is_one_of(t, lines, COUNT(lines))) {
		owe(w, 1);
		if (name_is(t->name, t->len, "li") && !t->closing) {
			settle(w);
			out_text(&w->o, "- ");
		}
	} else if (name_is(t->name, t->len, "td") || name_is(t->name, t->len, "th")) {
		w->blank = true;
	} else if (name_is(t->name, t->len, "a")) {
		close_link(w);
		if (!t->closing && attribute(t, "href", &w->href, &w->href_len))
			w->href_from = w->o.len + (w->lines ? (size_t)w->lines : w->blank);
	}
}

/* Behind the element whose content nobody reads; NULL for others. */
static const char *skip_element(const struct tag *t)
{
	static const char *const silent[] = { "head", "style", "script", "title", "noscript" };
	const char *p = t->end;

	if (t->closing || !tag_is_one_of(t, silent, COUNT(silent)))
		return NULL;
	while ((p = strstr(p, "</"))) {
		if (strncasecmp(p + 2, t->name, t->len) == 0 && !is_letter(p[2 + t->len])) {
			const char *end = strchr(p, '>');

			return end ? end + 1 : p + strlen(p);
		}
		p += 2;
	}
	return t->end + strlen(t->end);
}

/* What stands between tags at P; behind it. */
static const char *text_run(struct writer *w, const char *p)
{
	const char *end = liquid_end(p), *quiet = end ? liquid_quiet_end(p) : NULL;
	size_t took;

	if (end) {
		end = quiet ? quiet : end;
		/* Tags make no words of their own; what is owed stays owed until one comes. */
		if (p[1] == '{')
			settle(w);
		else if (w->blank && !w->lines)
			settle(w);
		out_bytes(&w->o, p, (size_t)(end - p));
		return end;
	}
	if (is_blank(*p)) {
		w->blank = w->o.len != 0;
		return p + 1;
	}
	settle(w);
	took = *p == '&' ? put_entity(&w->o, p, p + strlen(p)) : 0;
	if (!took)
		out_char(&w->o, *p);
	return p + (took ? took : 1);
}

const char *html_to_text(struct arena *mem, const char *html)
{
	struct writer w = { .mem = mem };

	out_init(&w.o, mem);
	for (const char *p = html; *p;) {
		struct tag t;
		const char *end;

		if (strncmp(p, "<!", 2) == 0) {
			end = strstr(p, strncmp(p, "<!--", 4) == 0 ? "-->" : ">");
			p = end ? strchr(end, '>') + 1 : p + strlen(p);
			continue;
		}
		if (*p != '<' || !read_tag(p, &t)) {
			p = text_run(&w, p);
			continue;
		}
		end = skip_element(&t);
		if (!end) {
			text_tag(&w, &t);
			end = *t.end ? t.end + 1 : t.end;
		}
		p = end;
	}
	close_link(&w);
	out_char(&w.o, '\n');
	return w.o.data;
}
