/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * po FILE.po… – writes message catalogues as C (base/words.h) to the standard output. The file's
 * stem is the language. A translation whose %-conversions differ from its English is refused: it
 * would be read as a printf format at run time. So are unknown languages, since each needs a
 * plural rule here.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/out.h"
#include "base/str.h"

#define FORMS_MAX 4

struct language {
	const char *code;
	const char *name;
	int forms;
	const char *rule; /* C over int64_t n, as gettext's Plural-Forms */
};

static const struct language languages[] = {
	{ "ar", "العربية", 4, "n == 1 ? 0 : n == 2 ? 1 : n % 100 >= 3 && n % 100 <= 10 ? 2 : 3" },
	{ "da", "Dansk", 2, "n != 1" },
	{ "de", "Deutsch", 2, "n != 1" },
	{ "en-XA", "Ëñģļîšĥ (×1.4)", 2, "n != 1" },
	{ "es", "Español", 2, "n != 1" },
	{ "fr", "Français", 2, "n > 1" },
	{ "it", "Italiano", 2, "n != 1" },
	{ "ja", "日本語", 1, "0" },
	{ "nl", "Nederlands", 2, "n != 1" },
	{ "pl", "Polski", 3,
		"n == 1 ? 0 : n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? 1 : 2" },
	{ "pt", "Português", 2, "n > 1" },
	{ "sv", "Svenska", 2, "n != 1" },
	{ "uk", "Українська", 3,
		"n % 10 == 1 && n % 100 != 11 ? 0 : n % 10 >= 2 && n % 10 <= 4 && "
		"(n % 100 < 12 || n % 100 > 14) ? 1 : 2" },
	{ "zh", "中文", 1, "0" },
};

struct entry {
	const char *id;
	const char *plural;
	const char *forms[FORMS_MAX];
	int line;
	bool fuzzy;
};

struct po {
	const char *path;
	const struct language *language;
	struct arena *mem;
	struct entry *list;
	size_t count, room;
};

static void refuse(const struct po *po, int line, const char *why)
{
	fprintf(stderr, "%s:%d: %s\n", po->path, line, why);
	exit(1);
}

static const struct language *find_language(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *stem = slash ? slash + 1 : path;

	for (size_t i = 0; i < COUNT(languages); i++) {
		size_t len = strlen(languages[i].code);

		if (strncmp(stem, languages[i].code, len) == 0 && strcmp(stem + len, ".po") == 0)
			return &languages[i];
	}
	fprintf(stderr, "%s: no plural rule for this language in shared/tool/po.c\n", path);
	exit(1);
}

/* Appends the "…" at TEXT, unescaped, to O. */
static void read_quoted(struct po *po, int line, const char *text, struct out *o)
{
	if (*text++ != '"')
		refuse(po, line, "a quoted text is missing");
	for (; *text && *text != '"'; text++) {
		if (*text != '\\') {
			out_char(o, *text);
			continue;
		}
		text++;
		if (*text == 'n')
			out_char(o, '\n');
		else if (*text == 't')
			out_char(o, '\t');
		else if (*text == '"' || *text == '\\')
			out_char(o, *text);
		else
			refuse(po, line, "an escape other than \\n, \\t, \\\" and \\\\");
	}
	if (*text != '"')
		refuse(po, line, "the quoted text does not end");
}

/* The conversions of a format in order, without flags and widths: "%5d of %s" is "ds". */
static const char *conversions(struct arena *mem, const char *text)
{
	struct out o;

	out_init(&o, mem);
	for (; *text; text++) {
		if (*text != '%')
			continue;
		text++;
		while (*text && strchr("-+ #0123456789.", *text))
			text++;
		while (*text && strchr("hlzjt", *text))
			out_char(&o, *text++);
		if (!*text)
			break;
		if (*text != '%')
			out_char(&o, *text);
	}
	return o.data;
}

static void check_entry(struct po *po, const struct entry *e)
{
	const char *want = conversions(po->mem, e->plural ? e->plural : e->id);
	int forms = e->plural ? po->language->forms : 1;

	for (int i = 0; i < forms; i++) {
		if (!e->forms[i] || !*e->forms[i])
			continue;
		if (!str_eq(conversions(po->mem, e->forms[i]), want))
			refuse(po, e->line, "its %-conversions differ from those of the English");
	}
}

static void end_entry(struct po *po, struct entry *e)
{
	if (e->id && *e->id && !e->fuzzy && e->forms[0] && *e->forms[0]) {
		check_entry(po, e);
		if (po->count == po->room) {
			po->room = po->room ? po->room * 2 : 256;
			po->list = realloc(po->list, po->room * sizeof *po->list);
			if (!po->list)
				abort();
		}
		po->list[po->count++] = *e;
	}
	*e = (struct entry){ 0 };
}

/* Where the text after the keyword at the start of LINE goes, or NULL for no keyword. */
static const char **target_of(struct entry *e, const char *line, const char **rest)
{
	static const char *const forms[] = { "msgstr[0] ", "msgstr[1] ", "msgstr[2] ",
		"msgstr[3] " };
	const struct {
		const char *word;
		const char **to;
	} plain[] = { { "msgid ", &e->id }, { "msgid_plural ", &e->plural },
		{ "msgstr ", &e->forms[0] } };

	for (size_t i = 0; i < COUNT(plain); i++)
		if (str_starts(line, plain[i].word)) {
			*rest = line + strlen(plain[i].word);
			return plain[i].to;
		}
	for (size_t i = 0; i < COUNT(forms); i++)
		if (str_starts(line, forms[i])) {
			*rest = line + strlen(forms[i]);
			return &e->forms[i];
		}
	return NULL;
}

static void read_lines(struct po *po, FILE *in)
{
	char line[8192];
	struct entry e = { 0 };
	const char **to = NULL;
	struct out text;

	for (int n = 1; fgets(line, sizeof line, in); n++) {
		const char *rest = line;

		line[strcspn(line, "\r\n")] = 0;
		if (str_starts(line, "#, ") && strstr(line, "fuzzy")) {
			end_entry(po, &e);
			e.fuzzy = true;
			continue;
		}
		if (line[0] == '#' || !line[0])
			continue;
		if (str_starts(line, "msgid ") && e.id) {
			end_entry(po, &e);
			to = NULL;
		}
		if (line[0] != '"') {
			to = target_of(&e, line, &rest);
			if (!to)
				refuse(po, n, "neither msgid, msgid_plural, msgstr nor a text");
			out_init(&text, po->mem);
			if (to == &e.id)
				e.line = n;
		} else if (!to) {
			refuse(po, n, "a text before its msgid");
		}
		read_quoted(po, n, rest, &text);
		*to = text.data;
	}
	end_entry(po, &e);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->id, ((const struct entry *)b)->id);
}

static void read_po(struct po *po)
{
	FILE *in = fopen(po->path, "rb");

	if (!in)
		refuse(po, 0, "cannot be read");
	read_lines(po, in);
	fclose(in);
	if (po->count)
		qsort(po->list, po->count, sizeof *po->list, compare);
	for (size_t i = 1; i < po->count; i++)
		if (str_eq(po->list[i - 1].id, po->list[i].id))
			refuse(po, po->list[i].line, "this msgid is here twice");
}

static void write_literal(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= ' ' && c < 127 && c != '"' && c != '\\' && c != '?')
			putchar(c);
		else
			printf("\\%03o", c);
	}
	putchar('"');
}

static void write_po(const struct po *po, size_t n)
{
	printf("\nstatic int plural_%zu(int64_t n)\n{\n\treturn %s;\n}\n", n, po->language->rule);
	printf("static const struct word words_%zu[] = {\n", n);
	for (size_t i = 0; i < po->count; i++) {
		const struct entry *e = &po->list[i];

		printf("\t{ ");
		write_literal(e->id);
		printf(", { ");
		for (int f = 0; f < FORMS_MAX && e->forms[f]; f++) {
			write_literal(e->forms[f]);
			printf(", ");
		}
		printf("} },\n");
	}
	printf("\t{ 0, { 0 } },\n};\n");
}

static void write_list(const struct po *pos, size_t count)
{
	printf("\nextern const struct words hub_words;\n");
	printf("static const struct catalogue catalogues[] = {\n");
	for (size_t i = 0; i < count; i++) {
		printf("\t{ \"%s\", ", pos[i].language->code);
		write_literal(pos[i].language->name);
		printf(", plural_%zu, words_%zu, %zu },\n", i, i, pos[i].count);
	}
	printf("\t{ 0, 0, 0, 0, 0 },\n};\n");
	printf("const struct words hub_words = { catalogues, %zu };\n", count);
}

int main(int argc, char **argv)
{
	size_t count = argc > 1 ? (size_t)argc - 1 : 0;
	struct po *pos = calloc(count + 1, sizeof *pos);

	if (!pos)
		abort();
	printf("/* Made by shared/tool/po.c. */\n#include \"base/words.h\"\n");
	for (size_t i = 0; i < count; i++) {
		pos[i] = (struct po){ .path = argv[i + 1],
			.language = find_language(argv[i + 1]),
			.mem = arena_new() };
		read_po(&pos[i]);
		write_po(&pos[i], i);
	}
	write_list(pos, count);
	return fflush(stdout) == 0 ? 0 : 1;
}
