/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/field.h"

#include <assert.h>
#include <string.h>

#include "base/id.h"
#include "mail/address.h"

static bool is_one_line(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

/* Browsers send \r\n; kept are \n and tabs, other control characters are refused. */
static const char *lines(struct scope *sc, const char *text)
{
	char *to = arena_alloc(sc->mem, strlen(text) + 1);
	size_t n = 0;

	for (; *text; text++) {
		if (*text == '\r') {
			if (text[1] != '\n')
				to[n++] = '\n';
			continue;
		}
		if (((unsigned char)*text < 0x20 && *text != '\n' && *text != '\t') ||
			*text == 0x7f)
			return NULL;
		to[n++] = *text;
	}
	return to;
}

static const char *check_length(struct scope *sc, const struct field *f, const char *text)
{
	int64_t len = (int64_t)strlen(text);

	if (len < f->low)
		return arena_printf(
			sc->mem, tr(sc, "This needs at least %lld characters."), (long long)f->low);
	if (f->high > 0 && len > f->high)
		return arena_printf(sc->mem, tr(sc, "This may have at most %lld characters."),
			(long long)f->high);
	return NULL;
}

static const char *decode_text(
	struct scope *sc, const struct field *f, const char *text, const char **to)
{
	const char *clean = text, *wrong;

	if (f->type == FIELD_LINES)
		clean = lines(sc, text);
	else if (!is_one_line(text))
		clean = NULL;
	if (!clean)
		return tr(sc, "This contains characters that are not allowed.");
	if (f->type == FIELD_TEXT)
		clean = str_trim(sc->mem, clean);
	if (!*clean && f->required)
		return tr(sc, "This is needed.");
	wrong = check_length(sc, f, clean);
	if (!wrong)
		*to = clean;
	return wrong;
}

static const char *decode_email(
	struct scope *sc, const struct field *f, const char *text, const char **to)
{
	struct address a;
	const char *wrong;

	if (address_parse(sc, f->name, text, &a) == ERR_NONE) {
		*to = a.typed;
		return NULL;
	}
	wrong = sc->tell;
	scope_clear(sc);
	return wrong;
}

static const char *decode_int(
	struct scope *sc, const struct field *f, const char *text, int64_t *to)
{
	if (str_int(str_trim(sc->mem, text), f->low, f->high, to))
		return NULL;
	return arena_printf(sc->mem, tr(sc, "This must be a whole number from %lld to %lld."),
		(long long)f->low, (long long)f->high);
}

static const char *decode_choice(
	struct scope *sc, const struct field *f, const char *text, const char **to)
{
	size_t len = strlen(text);

	for (const char *word = f->prefix; *word; word += strspn(word, " ")) {
		size_t n = strcspn(word, " ");

		if (n == len && memcmp(word, text, n) == 0) {
			*to = text;
			return NULL;
		}
		word += n;
	}
	return tr(sc, "This is not one of the choices.");
}

static const char *decode_bool(struct scope *sc, const char *text, bool *to)
{
	bool yes = str_eq(text, "1") || str_eq(text, "on") || str_eq(text, "true");

	if (!yes && !str_eq(text, "0") && !str_eq(text, "off") && !str_eq(text, "false"))
		return tr(sc, "This must be yes or no.");
	*to = yes;
	return NULL;
}

const char *field_decode(struct scope *sc, const struct field *f, const char *text, void *to)
{
	if (str_empty(text))
		return f->required ? tr(sc, "This is needed.") : NULL;
	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_LINES:
	case FIELD_SECRET:
		return decode_text(sc, f, text, to);
	case FIELD_EMAIL:
		return decode_email(sc, f, text, to);
	case FIELD_INT:
		return decode_int(sc, f, text, to);
	case FIELD_BOOL:
		return decode_bool(sc, text, to);
	case FIELD_CHOICE:
		return decode_choice(sc, f, text, to);
	case FIELD_ID:
		return id_parse(text, f->prefix, (int64_t *)to)
			       ? NULL
			       : tr(sc, "This is not one of the choices.");
	default:
		assert(!"a field type without a text");
		return NULL;
	}
}

const char *field_file_name(struct scope *sc, const char *sent)
{
	const char *slash = strrchr(sent, '/'), *back = strrchr(sent, '\\');
	const char *from = slash > back ? slash : back;
	char *name = arena_text(sc->mem, from ? from + 1 : sent);
	size_t n = 0;

	for (const char *p = name; *p && n < 200; p++)
		if ((unsigned char)*p >= 0x20 && *p != 0x7f && *p != '"')
			name[n++] = *p;
	name[n] = 0;
	/* The cut may have fallen within a character. */
	while (n > 0 && !str_is_utf8(name, n))
		name[--n] = 0;
	return n ? name : "file";
}
