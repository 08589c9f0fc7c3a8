/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * pot [--pseudo] FILE… – collects the texts that people see from C sources and templates, as a
 * gettext template on the standard output: t(), tf(), tr(), tn(), trn(), fail(), fail_field(),
 * WORD() and the labels of FIELD(). With --pseudo the texts are "translated": accented, 40 %
 * longer and between brackets, so that a page shows at a glance what is not in the catalogue and
 * what breaks when words grow.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/out.h"
#include "base/str.h"

#define ARGS_MAX 12

static const struct {
	const char *name;
	int one, many; /* places of the texts among the arguments, from 0; many -1 for none */
} calls[] = {
	{ "t", 0, -1 },
	{ "tf", 0, -1 },
	{ "tn", 0, 1 },
	{ "tr", 1, -1 },
	{ "trn", 1, 2 },
	{ "WORD", 0, -1 },
	{ "fail", 2, -1 },
	{ "fail_field", 2, -1 },
	{ "FIELD", 7, -1 },
};

struct text {
	const char *one, *many; /* as written between the quotes */
	const char *file;
};

struct pot {
	struct arena *mem;
	struct text *list;
	size_t count, room;
};

static void add(struct pot *p, const char *file, const char *one, const char *many)
{
	if (!one || !*one)
		return;
	if (p->count == p->room) {
		p->room = p->room ? p->room * 2 : 512;
		p->list = realloc(p->list, p->room * sizeof *p->list);
		if (!p->list)
			abort();
	}
	p->list[p->count++] = (struct text){ one, many && *many ? many : NULL, file };
}

/* ---- reading ---- */

static const char *skip_comment(const char *c)
{
	if (c[0] == '/' && c[1] == '*') {
		const char *end = strstr(c + 2, "*/");

		return end ? end + 2 : c + strlen(c);
	}
	return NULL;
}

/* Behind the literal at C; its content goes to O where that is not NULL. */
static const char *skip_literal(const char *c, struct out *o)
{
	char quote = *c++;

	for (; *c && *c != quote; c++) {
		if (*c == '\\' && c[1]) {
			if (o)
				out_char(o, *c);
			c++;
		}
		if (o)
			out_char(o, *c);
	}
	return *c ? c + 1 : c;
}

/* The arguments behind the bracket at C: those that are literals alone, joined; else NULL. */
static int read_arguments(struct pot *p, const char *c, const char *args[ARGS_MAX])
{
	int n = 0, depth = 1;
	bool literal = false, other = false;
	struct out o;

	out_init(&o, p->mem);
	for (c++; *c && n < ARGS_MAX; c++) {
		const char *behind = skip_comment(c);

		if (behind) {
			c = behind - 1;
		} else if (*c == '"') {
			c = skip_literal(c, depth == 1 ? &o : NULL) - 1;
			literal = true;
		} else if (*c == '\'') {
			c = skip_literal(c, NULL) - 1;
			other = true;
		} else if (depth == 1 && (*c == ',' || *c == ')')) {
			args[n++] = literal && !other ? o.data : NULL;
			literal = other = false;
			out_init(&o, p->mem);
			if (*c == ')')
				break;
		} else {
			depth += strchr("([{", *c) ? 1 : strchr(")]}", *c) ? -1 : 0;
			other = other || !isspace((unsigned char)*c);
		}
	}
	return n;
}

static void read_call(struct pot *p, const char *file, const char *name, size_t len, const char *c)
{
	for (size_t i = 0; i < COUNT(calls); i++) {
		const char *args[ARGS_MAX] = { 0 };
		int n;

		if (strlen(calls[i].name) != len || memcmp(calls[i].name, name, len) != 0)
			continue;
		n = read_arguments(p, c, args);
		if (calls[i].one < n)
			add(p, file, args[calls[i].one],
				calls[i].many >= 0 && calls[i].many < n ? args[calls[i].many]
									: NULL);
	}
}

static void read_text(struct pot *p, const char *file, const char *c)
{
	/* In a template quotes of the markup mean nothing: calls are looked for everywhere. */
	bool template = str_ends(file, ".tmpl");

	while (*c) {
		const char *behind = template ? NULL : skip_comment(c);
		const char *start = c;

		if (behind) {
			c = behind;
		} else if (!template && (*c == '"' || *c == '\'')) {
			c = skip_literal(c, NULL);
		} else if (isalpha((unsigned char)*c) || *c == '_') {
			while (isalnum((unsigned char)*c) || *c == '_')
				c++;
			if (*c == '(')
				read_call(p, file, start, (size_t)(c - start), c);
		} else {
			c++;
		}
	}
}

static void read_file(struct pot *p, const char *path)
{
	FILE *in = fopen(path, "rb");
	struct out o;
	char buf[4096];
	size_t n;

	if (!in) {
		fprintf(stderr, "pot: %s cannot be read\n", path);
		exit(1);
	}
	out_init(&o, p->mem);
	while ((n = fread(buf, 1, sizeof buf, in)) > 0)
		out_bytes(&o, buf, n);
	fclose(in);
	read_text(p, path, o.data);
}

/* ---- writing ---- */

static int compare(const void *a, const void *b)
{
	const struct text *x = a, *y = b;
	int c = strcmp(x->one, y->one);

	if (!c)
		c = (y->many != NULL) - (x->many != NULL);
	return c ? c : strcmp(x->file, y->file);
}

static const char *accented(char c)
{
	static const char plain[] = "AEIOUaeiouycnst";
	static const char *const to[] = { "Å", "É", "Î", "Ö", "Û", "å", "é", "î", "ö", "û", "ý",
		"ç", "ñ", "š", "ţ" };
	const char *at = c ? strchr(plain, c) : NULL;

	return at ? to[at - plain] : NULL;
}

/* Conversions and escapes stay as they are. */
static void write_pseudo(const char *text)
{
	size_t letters = 0;

	printf("\"[");
	while (*text) {
		const char *accent = accented(*text);

		if (*text == '%' || *text == '\\') {
			size_t len = *text == '%' ? strcspn(text + 1, "diuxscgf%") + 2 : 2;

			printf("%.*s", (int)len, text);
			text += strlen(text) < len ? strlen(text) : len;
			continue;
		}
		if (accent)
			printf("%s", accent);
		else
			putchar(*text);
		letters++;
		text++;
	}
	for (size_t i = 0; i < (letters * 2 + 4) / 5; i++)
		putchar(i % 6 == 0 ? ' ' : '~');
	printf("]\"\n");
}

static void write_text(const struct text *x, bool pseudo)
{
	printf("msgid \"%s\"\n", x->one);
	if (x->many)
		printf("msgid_plural \"%s\"\n", x->many);
	if (!pseudo) {
		printf(x->many ? "msgstr[0] \"\"\nmsgstr[1] \"\"\n" : "msgstr \"\"\n");
		return;
	}
	printf(x->many ? "msgstr[0] " : "msgstr ");
	write_pseudo(x->one);
	if (x->many) {
		printf("msgstr[1] ");
		write_pseudo(x->many);
	}
}

int main(int argc, char **argv)
{
	bool pseudo = argc > 1 && strcmp(argv[1], "--pseudo") == 0;
	struct pot p = { .mem = arena_new() };

	for (int i = pseudo ? 2 : 1; i < argc; i++)
		read_file(&p, argv[i]);
	if (p.count)
		qsort(p.list, p.count, sizeof *p.list, compare);
	printf("# Made by shared/tool/pot.c.\nmsgid \"\"\n"
	       "msgstr \"Content-Type: text/plain; charset=UTF-8\\n\"\n");
	for (size_t i = 0; i < p.count; i++) {
		if (i > 0 && strcmp(p.list[i - 1].one, p.list[i].one) == 0)
			continue;
		putchar('\n');
		if (!pseudo)
			printf("#: %s\n", p.list[i].file);
		write_text(&p.list[i], pseudo);
	}
	arena_free(p.mem);
	return fflush(stdout) == 0 ? 0 : 1;
}
