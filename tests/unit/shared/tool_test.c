/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The build tools, run as make runs them, from the root of the tree. */

#include "kit.h"

#define READ_MAX 65536

/* Runs COMMAND by the shell; what it wrote and complained of, in one text. */
static const char *output_of(struct scope *sc, const char *command, int *status)
{
	FILE *p = popen(arena_printf(sc->mem, "%s 2>&1", command), "r");
	char *text = arena_alloc(sc->mem, READ_MAX);
	size_t n;

	if (!p)
		return "";
	n = fread(text, 1, READ_MAX - 1, p);
	text[n] = 0;
	*status = pclose(p);
	return text;
}

static const char *text_of(struct scope *sc, const char *path)
{
	FILE *f = fopen(path, "rb");
	char *text = arena_alloc(sc->mem, READ_MAX);

	if (!f)
		return "";
	text[fread(text, 1, READ_MAX - 1, f)] = 0;
	fclose(f);
	return text;
}

TEST(a_template_becomes_the_c_that_is_expected)
{
	int status = -1;

	CHECK_TEXT(output_of(sc, "build/tool/tmplc tests/tool/good.tmpl", &status),
		text_of(sc, "tests/tool/good.tmpl.expected"));
	CHECK_INT(status, 0);
}

TEST(a_catalogue_becomes_the_c_that_is_expected)
{
	int status = -1;

	CHECK_TEXT(output_of(sc, "build/tool/po tests/tool/de.po", &status),
		text_of(sc, "tests/tool/de.po.expected"));
	CHECK_INT(status, 0);
}

TEST(embedded_files_are_sorted_escaped_and_tagged)
{
	int status = -1;

	CHECK_TEXT(
		output_of(sc, "build/tool/embed things tests/tool/b.txt tests/tool/a.txt", &status),
		text_of(sc, "tests/tool/embed.expected"));
	CHECK_INT(status, 0);
}

/* Writes TEXT to a file called NAME, runs TOOL on it: refused, and the complaint says WHY. */
static void refused(
	struct scope *sc, const char *tool, const char *name, const char *text, const char *why)
{
	const char *path = arena_printf(sc->mem, "%s/%s", kit_folder(sc), name);
	FILE *f = fopen(path, "wb");
	const char *said;
	int status = 0;

	NEED(f != NULL);
	fputs(text, f);
	fclose(f);
	said = output_of(sc, arena_printf(sc->mem, "%s %s", tool, path), &status);
	CHECK(status != 0);
	if (!strstr(said, why))
		kit_check_text(__FILE__, __LINE__, text, said, why);
}

TEST(an_expression_where_it_could_do_harm_is_refused)
{
	static const struct {
		const char *markup, *why;
	} cases[] = {
		{ "<script>{{ x }}</script>", "{{ in <script>" },
		{ "<style>{{ x }}</style>", "{{ in <style>" },
		{ "<a onclick=\"{{ x }}\">", "{{ in attribute onclick" },
		{ "<a style=\"{{ x }}\">", "{{ in attribute style" },
		{ "<iframe srcdoc=\"{{ x }}\">", "{{ in attribute srcdoc" },
		{ "<a class={{ x }}>", "needs quotes" },
		{ "<a class=bare>", "needs quotes" },
		{ "<a href=\"http:{{ x }}\">", "must start with /" },
		{ "<a href=\"//{{ x }}\">", "must start with /" },
		{ "<form action=\"x{{ x }}\">", "must start with /" },
		{ "<{{ x }}>", "name of a tag" },
		{ "<!-- {{ x }} -->", "{{ in a comment" },
		{ "<p>{{ x", "without }}" },
		{ "<p", "ends inside <p" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		refused(sc, "build/tool/tmplc", "bad.tmpl",
			arena_printf(sc->mem, "%%! bad(const char *x)\n%s\n", cases[i].markup),
			cases[i].why);
	refused(sc, "build/tool/tmplc", "bad.tmpl", "<p>no function</p>\n", "before the first %!");
}

TEST(a_translation_that_would_misread_its_arguments_is_refused)
{
	refused(sc, "build/tool/po", "de.po", "msgid \"%s of %lld\"\nmsgstr \"%lld von %s\"\n",
		"%-conversions differ");
	refused(sc, "build/tool/po", "de.po",
		"msgid \"%lld mail\"\nmsgid_plural \"%lld mails\"\nmsgstr[0] \"eine\"\nmsgstr[1] "
		"\"%lld Mails\"\n",
		"%-conversions differ");
	refused(sc, "build/tool/po", "de.po",
		"msgid \"a\"\nmsgstr \"b\"\nmsgid \"a\"\nmsgstr \"c\"\n", "here twice");
	refused(sc, "build/tool/po", "xx.po", "msgid \"a\"\nmsgstr \"b\"\n", "no plural rule");
}
