/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "kit.h"

#include "base/config.h"

struct set {
	const char *name, *word, *path, *listen, *url;
	int64_t n;
	bool flag;
};

#define AT(member) offsetof(struct set, member)
static const struct config_row rows[] = {
	{ "name", CONFIG_TEXT, AT(name), NULL, 2, 5, NULL, "A name." },
	{ "n", CONFIG_INT, AT(n), "7", 1, 9, NULL, "A number." },
	{ "flag", CONFIG_FLAG, AT(flag), "yes", 0, 0, NULL, "A flag." },
	{ "word", CONFIG_CHOICE, AT(word), "red", 0, 0, "red green", "A colour." },
	{ "path", CONFIG_PATH, AT(path), "", 0, 0, NULL, "A path." },
	{ "listen", CONFIG_LISTEN, AT(listen), "", 0, 0, NULL, "An address." },
	{ "url", CONFIG_URL, AT(url), "", 0, 0, NULL, "A place." },
};
static const struct config_table table = { rows, COUNT(rows), sizeof(struct set) };

static enum err parse(struct scope *sc, const char *text, struct set *s)
{
	return config_parse(sc, &table, "f", text, s);
}

TEST(keys_not_given_take_their_defaults)
{
	struct set s;

	OK(parse(sc, "\n # a comment\n name = abc \n", &s));
	CHECK_TEXT(s.name, "abc");
	CHECK_INT(s.n, 7);
	CHECK(s.flag);
	CHECK_TEXT(s.word, "red");
	CHECK_TEXT(s.path, "");
	OK(parse(sc,
		"name=a=b\nflag = no\nword = green\npath = /a b\nlisten = [::1]:80\n"
		"url = https://a.example:8443\nn = 9",
		&s));
	CHECK_TEXT(s.name, "a=b");
	CHECK(!s.flag);
	CHECK_TEXT(s.path, "/a b");
	CHECK_TEXT(s.listen, "[::1]:80");
	CHECK_INT(s.n, 9);
}

TEST(bad_input_is_refused_with_its_line_and_changes_nothing)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "f:0: name is missing" },
		{ "name = abc\nnonsense\n", "f:2: expected key = value" },
		{ "name = abc\nother = 1\n", "f:2: unknown key other" },
		{ "name = abc\n\nname = abc\n", "f:3: name is given twice" },
		{ "name = a\n", "f:1: name must have 2 to 5 bytes" },
		{ "name =\n", "f:1: name must have a value" },
		{ "name = abc\nn = 10\n", "f:2: n must be a number from 1 to 9" },
		{ "name = abc\nn = 1x\n", "f:2: n must be a number from 1 to 9" },
		{ "name = abc\nflag = true\n", "f:2: flag must be yes or no" },
		{ "name = abc\nword = re\n", "f:2: word must be one of: red green" },
		{ "name = abc\npath = a/b\n", "f:2: path must be an absolute path" },
		{ "name = abc\nlisten = ::1:80\n",
			"f:2: listen must be address:port, [IPv6 address]:port or *:port" },
		{ "name = abc\nlisten = 127.0.0.1\n",
			"f:2: listen must be address:port, [IPv6 address]:port or *:port" },
		{ "name = abc\nurl = ftp://a\n",
			"f:2: url must be http:// or https:// with a host alone" },
		{ "name = abc\nurl = https://a/b\n",
			"f:2: url must be http:// or https:// with a host alone" },
		{ "name = \xff\n", "f:1: not a text in UTF-8" },
	};
	struct set s = { .n = 42 };

	for (size_t i = 0; i < COUNT(bad); i++) {
		CHECK_INT(parse(sc, bad[i].text, &s), ERR_INPUT);
		CHECK_TEXT(sc->why, bad[i].why);
	}
	CHECK_INT(s.n, 42);
}

TEST(a_file_that_is_not_there_is_named)
{
	struct set s;

	CHECK_INT(config_read(sc, &table, "/nonexistent/x.conf", &s), ERR_INPUT);
	CHECK(strstr(sc->why, "/nonexistent/x.conf") != NULL);
}

TEST(the_sample_is_a_file_that_reads)
{
	struct set s;
	struct out o;

	out_init(&o, sc->mem);
	config_sample(&o, &table);
	out_text(&o, "\n");
	/* But for what must be given. */
	CHECK_INT(parse(sc, o.data, &s), ERR_INPUT);
	CHECK(strstr(sc->why, "name must have a value") != NULL);
}
