/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/records.h"

#include "base/out.h"

#define MAX_LINE   4096
#define MAX_STRING 255 /* RFC 1035 §3.3 */

/* The next word of *AT, arena, or NULL. */
static const char *word(struct scope *sc, const char **at)
{
	size_t n;
	const char *start = *at + strspn(*at, " \t");

	n = strcspn(start, " \t");
	*at = start + n;
	return n ? arena_copy(sc->mem, start, n) : NULL;
}

static bool is_plain(const char *text)
{
	for (const char *p = text; *p; p++)
		if (*p < ' ' || *p > '~')
			return false;
	return true;
}

/* All quoted strings of TEXT as one text; NULL where it is written otherwise. */
static const char *unquote(struct scope *sc, const char *text)
{
	struct out o;

	out_init(&o, sc->mem);
	for (const char *p = text + strspn(text, " "); *p; p += strspn(p, " ")) {
		size_t n;

		if (*p != '"')
			return NULL;
		n = strcspn(++p, "\"\\");
		if (p[n] != '"')
			return NULL;
		out_bytes(&o, p, n);
		p += n + 1;
	}
	return o.len ? o.data : NULL;
}

const char *record_quote(struct scope *sc, const char *text)
{
	struct out o;
	size_t left = strlen(text);

	out_init(&o, sc->mem);
	while (left > 0) {
		size_t n = left < MAX_STRING ? left : MAX_STRING;

		out_printf(&o, "%s\"%.*s\"", o.len ? " " : "", (int)n, text);
		text += n;
		left -= n;
	}
	return o.data;
}

enum err record_parse(struct scope *sc, const char *line, struct wire_record *out)
{
	const char *at = line, *name, *ttl, *class, *type, *value;
	int64_t seconds;

	if (!is_plain(line) || strlen(line) > MAX_LINE)
		return fail(sc, ERR_INPUT, "MailU's record is no line of a zone");
	name = word(sc, &at);
	ttl = word(sc, &at);
	class = word(sc, &at);
	type = word(sc, &at);
	value = at + strspn(at, " \t");
	if (!type || !*value || !str_eq(class, "IN") || !str_int(ttl, 0, INT32_MAX, &seconds) ||
		strlen(name) > 255 || strlen(type) > 10)
		return fail(sc, ERR_INPUT, "MailU's record is no line of a zone");
	if (str_eq(type, "TXT")) {
		value = unquote(sc, value);
		if (!value)
			return fail(sc, ERR_INPUT, "MailU's TXT record has no quoted text");
		value = record_quote(sc, value);
	}
	*out = (struct wire_record){ name, type, arena_text(sc->mem, value) };
	return ERR_NONE;
}

size_t records_of(struct scope *sc, const struct json *domain, struct wire_record *out)
{
	static const char *const members[RECORDS_OF_DOMAIN] = { "dns_mx", "dns_spf", "dns_dkim" };
	size_t n = 0;

	for (size_t i = 0; i < COUNT(members); i++) {
		const char *line = json_text(domain, members[i]);

		if (line && record_parse(sc, line, &out[n]) == ERR_NONE)
			n++;
		scope_clear(sc);
	}
	return n;
}
