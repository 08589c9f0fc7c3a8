/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/config.h"

#include <stdio.h>

#include "base/str.h"

/* ---- values ---- */

static bool is_word_of(const char *words, const char *value)
{
	size_t len = strlen(value);

	for (const char *at = words; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (n == len && memcmp(at, value, n) == 0)
			return true;
		at += n;
	}
	return false;
}

static bool is_listen(const char *value)
{
	const char *colon = strrchr(value, ':');
	int64_t port;

	if (!colon || colon == value || !str_int(colon + 1, 0, 65535, &port))
		return false;
	/* A bare IPv6 address would leave open where it ends. */
	if (value[0] == '[')
		return colon[-1] == ']' && colon - value > 2;
	return memchr(value, ':', (size_t)(colon - value)) == NULL;
}

static bool is_url(const char *value)
{
	const char *host = str_starts(value, "https://")  ? value + 8
			   : str_starts(value, "http://") ? value + 7
							  : "";

	return *host && strcspn(host, "/?# \t") == strlen(host);
}

/* NULL when VALUE fits ROW; otherwise what it should be. */
static const char *wrong_with(struct scope *sc, const struct config_row *row, const char *value)
{
	int64_t n;
	size_t len = strlen(value);

	if (!len)
		return row->def && !*row->def ? NULL : "must have a value";
	switch (row->type) {
	case CONFIG_TEXT:
		if (row->max && (len < (size_t)row->min || len > (size_t)row->max))
			return arena_printf(sc->mem, "must have %lld to %lld bytes",
				(long long)row->min, (long long)row->max);
		return NULL;
	case CONFIG_INT:
		return str_int(value, row->min, row->max, &n)
			       ? NULL
			       : arena_printf(sc->mem, "must be a number from %lld to %lld",
					 (long long)row->min, (long long)row->max);
	case CONFIG_FLAG:
		return is_word_of("yes no", value) ? NULL : "must be yes or no";
	case CONFIG_CHOICE:
		return is_word_of(row->words, value)
			       ? NULL
			       : arena_printf(sc->mem, "must be one of: %s", row->words);
	case CONFIG_PATH:
		return value[0] == '/' ? NULL : "must be an absolute path";
	case CONFIG_LISTEN:
		return is_listen(value) ? NULL
					: "must be address:port, [IPv6 address]:port or *:port";
	case CONFIG_URL:
		return is_url(value) ? NULL : "must be http:// or https:// with a host alone";
	}
	return "has no type";
}

static void put(struct scope *sc, const struct config_row *row, const char *value, void *out)
{
	char *at = (char *)out + row->offset;

	if (row->type == CONFIG_INT) {
		int64_t n = 0;

		if (str_int(value, row->min, row->max, &n))
			*(int64_t *)(void *)at = n;
	} else if (row->type == CONFIG_FLAG) {
		*(bool *)(void *)at = str_eq(value, "yes");
	} else {
		*(const char **)(void *)at = arena_text(sc->mem, value);
	}
}

/* ---- files ---- */

struct reading {
	const struct config_table *table;
	const char *name; /* of the file */
	int line;
	bool *given; /* arena; per row */
	void *out;
};

static enum err take_line(struct scope *sc, struct reading *r, char *line)
{
	char *sign = strchr(line, '=');
	const char *key, *value, *wrong;

	if (!sign)
		return fail(sc, ERR_INPUT, "%s:%d: expected key = value", r->name, r->line);
	*sign = 0;
	key = str_trim(sc->mem, line);
	value = str_trim(sc->mem, sign + 1);
	for (size_t i = 0; i < r->table->count; i++) {
		const struct config_row *row = &r->table->rows[i];

		if (!str_eq(row->key, key))
			continue;
		if (r->given[i])
			return fail(
				sc, ERR_INPUT, "%s:%d: %s is given twice", r->name, r->line, key);
		wrong = wrong_with(sc, row, value);
		if (wrong)
			return fail(sc, ERR_INPUT, "%s:%d: %s %s", r->name, r->line, key, wrong);
		put(sc, row, value, r->out);
		r->given[i] = true;
		return ERR_NONE;
	}
	return fail(sc, ERR_INPUT, "%s:%d: unknown key %s", r->name, r->line, key);
}

static enum err check_given(struct scope *sc, const struct reading *r)
{
	for (size_t i = 0; i < r->table->count; i++)
		if (!r->given[i] && !r->table->rows[i].def)
			return fail(sc, ERR_INPUT, "%s:%d: %s is missing", r->name, r->line,
				r->table->rows[i].key);
	return ERR_NONE;
}

enum err config_parse(struct scope *sc, const struct config_table *t, const char *name,
	const char *text, void *out)
{
	struct reading r = { t, name, 0, arena_array(sc->mem, t->count, sizeof(bool)),
		arena_alloc(sc->mem, t->size) };
	enum err e;

	if (!str_is_utf8(text, strlen(text)))
		return fail(sc, ERR_INPUT, "%s:1: not a text in UTF-8", name);
	for (size_t i = 0; i < t->count; i++)
		put(sc, &t->rows[i], t->rows[i].def ? t->rows[i].def : "", r.out);
	while (*text) {
		size_t len = strcspn(text, "\n");
		char *line = str_trim(sc->mem, arena_copy(sc->mem, text, len));

		r.line++;
		text += len + (text[len] == '\n');
		if (!*line || *line == '#')
			continue;
		e = take_line(sc, &r, line);
		if (e)
			return e;
	}
	e = check_given(sc, &r);
	if (!e)
		memcpy(out, r.out, t->size);
	return e;
}

static void close_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

enum err config_read(struct scope *sc, const struct config_table *t, const char *path, void *out)
{
	FILE *f CLEANUP(close_file) = fopen(path, "re");
	char *text;
	size_t len;

	if (!f)
		return fail(sc, ERR_INPUT, "%s: %m", path);
	text = arena_alloc(sc->mem, CONFIG_MAX_BYTES + 1);
	len = fread(text, 1, CONFIG_MAX_BYTES + 1, f);
	if (ferror(f))
		return fail(sc, ERR_INPUT, "%s: cannot be read", path);
	if (len > CONFIG_MAX_BYTES)
		return fail(sc, ERR_INPUT, "%s: larger than a configuration can be", path);
	if (memchr(text, 0, len))
		return fail(sc, ERR_INPUT, "%s: holds a zero byte", path);
	return config_parse(sc, t, path, text, out);
}

/* ---- the reference ---- */

static void put_kind(struct out *o, const struct config_row *row)
{
	static const char *const kinds[] = { [CONFIG_TEXT] = "text",
		[CONFIG_FLAG] = "yes or no",
		[CONFIG_PATH] = "absolute path",
		[CONFIG_LISTEN] = "address:port",
		[CONFIG_URL] = "http:// or https:// address" };

	if (row->type == CONFIG_INT)
		out_printf(o, "%lld to %lld", (long long)row->min, (long long)row->max);
	else if (row->type == CONFIG_CHOICE)
		out_printf(o, "one of: %s", row->words);
	else
		out_text(o, kinds[row->type]);
	if (!row->def)
		out_text(o, "; must be given");
	else if (*row->def)
		out_printf(o, "; default %s", row->def);
	else
		out_text(o, "; not set by default");
}

void config_help(struct out *o, const struct config_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		out_printf(o, "%s\n    %s\n    (", t->rows[i].key, t->rows[i].help);
		put_kind(o, &t->rows[i]);
		out_text(o, ")\n");
	}
}

void config_sample(struct out *o, const struct config_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct config_row *row = &t->rows[i];

		out_printf(o, "# %s (", row->help);
		put_kind(o, row);
		out_printf(o, ")\n%s%s = %s\n\n", row->def ? "#" : "", row->key,
			row->def ? row->def : "");
	}
}

void config_manual(struct out *o, const struct config_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		out_printf(o, ".It Ic %s\n%s\n(", t->rows[i].key, t->rows[i].help);
		put_kind(o, &t->rows[i]);
		out_text(o, ").\n");
	}
}
