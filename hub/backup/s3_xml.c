/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "backup/s3_xml.h"

#include "base/out.h"

static const struct {
	const char *name;
	char is;
} entities[] = {
	{ "&amp;", '&' },
	{ "&lt;", '<' },
	{ "&gt;", '>' },
	{ "&quot;", '"' },
	{ "&apos;", '\'' },
	{ "&#34;", '"' },
	{ "&#39;", '\'' },
};

static const char *find(const char *from, const char *end, const char *text)
{
	return from < end ? memmem(from, (size_t)(end - from), text, strlen(text)) : NULL;
}

/* One character of the text; false for an unknown entity. */
static bool take(struct out *o, const char **at, const char *end)
{
	if (**at != '&') {
		out_char(o, *(*at)++);
		return true;
	}
	for (size_t i = 0; i < COUNT(entities); i++) {
		size_t len = strlen(entities[i].name);

		if ((size_t)(end - *at) < len || memcmp(*at, entities[i].name, len) != 0)
			continue;
		out_char(o, entities[i].is);
		*at += len;
		return true;
	}
	return false;
}

const char *s3_xml_text(struct scope *sc, struct bytes xml, const char *name)
{
	const char *open = arena_printf(sc->mem, "<%s>", name), *from, *to;
	const char *end;
	struct out o;

	if (!xml.data)
		return NULL;
	end = (const char *)xml.data + xml.len;
	from = find(xml.data, end, open);
	if (!from)
		return NULL;
	from += strlen(open);
	to = find(from, end, arena_printf(sc->mem, "</%s>", name));
	if (!to || to - from > S3_XML_TEXT_MAX)
		return NULL;
	out_init(&o, sc->mem);
	out_text(&o, "");
	while (from < to)
		if ((unsigned char)*from < ' ' || *from == 0x7f || *from == '<' ||
			!take(&o, &from, to))
			return NULL;
	return o.data ? o.data : "";
}
