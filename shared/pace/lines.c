/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/lines.h"

#include <string.h>

#include "base/out.h"

enum err lines_open(struct scope *sc, struct lines *f, const char *file, struct bytes text)
{
	if (text.len > LINES_MAX)
		return fail(sc, ERR_LIMIT, "%s is larger than %d bytes", file, LINES_MAX);
	if (!str_is_utf8(text.data, text.len))
		return fail(sc, ERR_INPUT, "%s is no UTF-8 text", file);
	*f = (struct lines){ .file = file, .at = arena_copy(sc->mem, text.data, text.len) };
	return ERR_NONE;
}

enum err line_refuse(struct scope *sc, const struct line *l, const char *what)
{
	return fail(sc, ERR_INPUT, "%s line %d: %s", l->file, l->number, what);
}

static bool ends(char c)
{
	return c == 0 || c == '\n';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The word at *AT, which lies behind it afterwards; NULL when its quote stays open. */
static const char *take_word(struct scope *sc, const char **at)
{
	bool quoted = **at == '"';
	const char *c = *at + quoted;
	struct out o;

	out_init(&o, sc->mem);
	for (; quoted ? !ends(*c) : !ends(*c) && !is_blank(*c); c++) {
		if (quoted && *c == '"' && *++c != '"') {
			*at = c;
			return o.data;
		}
		out_char(&o, *c);
	}
	*at = c;
	return quoted ? NULL : o.data;
}

static enum err take_line(struct scope *sc, struct lines *f, struct line *l)
{
	*l = (struct line){ .file = f->file, .number = ++f->number };
	for (;;) {
		const char *word;

		while (is_blank(*f->at))
			f->at++;
		if (*f->at == '#')
			f->at += strcspn(f->at, "\n");
		if (ends(*f->at))
			break;
		if (l->count == LINE_WORDS)
			return line_refuse(sc, l, "there are too many words");
		word = take_word(sc, &f->at);
		if (!word)
			return line_refuse(sc, l, "a quote is not closed");
		if (!ends(*f->at) && !is_blank(*f->at))
			return line_refuse(sc, l, "behind a quote comes a blank");
		l->words[l->count++] = word;
	}
	f->at += *f->at == '\n';
	return ERR_NONE;
}

bool lines_next(struct scope *sc, struct lines *f, struct line *l, enum err *e)
{
	do {
		if (!*f->at)
			return false;
		*e = take_line(sc, f, l);
		if (*e)
			return false;
	} while (!l->count);
	return true;
}
