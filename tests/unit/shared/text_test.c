/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "kit.h"

#include <string.h>

#include "text/html.h"
#include "text/json.h"
#include "text/url.h"

static struct bytes text_bytes(const char *text)
{
	return bytes_of(text, strlen(text));
}

TEST(html_escapes_texts_and_leaves_markup)
{
	struct out o;

	out_init(&o, sc->mem);
	OUT(&o, "a<b & \"c\" 'd'\x01\n");
	OUT(&o, INT64_C(-5));
	OUT(&o, ((struct markup){ "<b>" }));
	CHECK_TEXT(o.data, "a&lt;b &amp; &quot;c&quot; &#39;d&#39;\n-5<b>");
}

/* Text is written eight letters at a time where they are plain. */
TEST(json_escapes_at_each_place_of_a_text)
{
	static const struct {
		char letter;
		const char *written;
	} odd[] = { { '"', "\\\"" }, { '\\', "\\\\" }, { '\n', "\\n" }, { 0x1f, "\\u001f" },
		{ 0x7f, "\\u007f" }, { (char)0xc3, "?" }, { '!', "!" } };

	for (size_t i = 0; i < COUNT(odd); i++)
		for (int at = 0; at < 17; at++) {
			char text[18] = "~~~~~~~~~~~~~~~~~";
			struct out o;

			text[at] = odd[i].letter;
			out_init(&o, sc->mem);
			json_put_text(&o, text);
			CHECK_TEXT(o.data, arena_printf(sc->mem, "\"%.*s%s%s\"", at, text,
						   odd[i].written, text + at + 1));
		}
}

TEST(json_reads_what_it_wrote)
{
	struct out o;
	const struct json *j;

	out_init(&o, sc->mem);
	json_open(&o);
	json_add_text(&o, "t", "quote \" back \\ line\n tab\t ü");
	json_add_int(&o, "n", -12);
	json_add_bool(&o, "b", true);
	json_add_id(&o, "id", "cmp", 77);
	json_add_id(&o, "none", "cmp", 0);
	json_name(&o, "list");
	json_open_list(&o);
	json_put_int(&o, 1);
	json_open(&o);
	json_close(&o);
	json_put_null(&o);
	json_close_list(&o);
	json_close(&o);
	OK(json_parse(sc, text_bytes(o.data), 1000, &j));
	CHECK_TEXT(json_text(j, "t"), "quote \" back \\ line\n tab\t ü");
	CHECK_INT(json_int(j, "n", 0), -12);
	CHECK(json_bool(j, "b", false));
	CHECK_INT(json_id(j, "id", "cmp"), 77);
	CHECK_INT(json_id(j, "id", "con"), 0);
	CHECK(json_get(j, "none")->kind == JSON_NULL);
	CHECK_INT((int64_t)json_get(j, "list")->count, 3);
}

TEST(json_refuses_what_is_outside_its_limits)
{
	const struct json *j = NULL;
	char deep[200];

	memset(deep, '[', 100);
	memset(deep + 100, ']', 100);
	CHECK(json_parse(sc, bytes_of(deep, 200), 1000, &j) == ERR_LIMIT);
	CHECK(json_parse(sc, text_bytes("[1,2,3]"), 6, &j) == ERR_LIMIT);
	CHECK(json_parse(sc, text_bytes("[1] x"), 100, &j) == ERR_INPUT);
	CHECK(json_parse(sc, text_bytes(""), 100, &j) == ERR_INPUT);
	CHECK(json_parse(sc, text_bytes("{\"a\":1,\"a\":2}"), 100, &j) == ERR_INPUT);
	CHECK(json_parse(sc, text_bytes("\"a\\u0000b\""), 100, &j) == ERR_INPUT);
	CHECK(json_parse(sc, text_bytes("\"\xff\""), 100, &j) == ERR_INPUT);
	CHECK(j == NULL);
}

TEST(json_numbers_are_whole_only_where_a_double_is_exact)
{
	const struct json *j;

	OK(json_parse(sc, text_bytes("[9007199254740991, 9007199254740993e3, 1.5]"), 100, &j));
	CHECK(j->first->kind == JSON_WHOLE_NUMBER);
	CHECK_INT(j->first->n, 9007199254740991);
	CHECK(j->first->next->kind == JSON_NUMBER);
	CHECK(j->first->next->next->kind == JSON_NUMBER);
}

TEST(json_names_the_field_that_is_missing)
{
	const struct json *j;
	const char *text = NULL;

	OK(json_parse(sc, text_bytes("{\"a\":\"long\"}"), 100, &j));
	CHECK(json_need_text(sc, j, "b", 10, &text) == ERR_INPUT);
	CHECK_TEXT(sc->field, "b");
	CHECK(json_need_text(sc, j, "a", 3, &text) == ERR_INPUT);
	CHECK_TEXT(sc->field, "a");
	CHECK(text == NULL);
	OK(json_need_text(sc, j, "a", 4, &text));
}

TEST(url_takes_addresses_apart)
{
	struct url u;

	OK(url_parse(sc, "HTTPS://App.Example.com:8443/a/b?x=1#frag", &u));
	CHECK_TEXT(u.scheme, "https");
	CHECK_TEXT(u.host, "app.example.com");
	CHECK_INT(u.port, 8443);
	CHECK_TEXT(u.path, "/a/b");
	CHECK_TEXT(u.query, "x=1");
	CHECK_TEXT(url_host(sc, &u), "app.example.com:8443");
	OK(url_parse(sc, "http://[::1]", &u));
	CHECK_TEXT(u.host, "[::1]");
	CHECK_INT(u.port, 80);
	CHECK_TEXT(u.path, "/");
	CHECK_TEXT(url_host(sc, &u), "[::1]");
}

TEST(url_refuses_what_is_no_plain_web_address)
{
	static const char *const bad[] = { "ftp://x/", "javascript:alert(1)", "https://", "//x/",
		"https://a b/", "https://u:p@x/", "https://x:0/", "https://x:99999/",
		"https://x\\y/", "https://x\n/", "https://a<b/" };
	struct url u;

	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(url_parse(sc, bad[i], &u) == ERR_INPUT);
	CHECK(url_is_local("/campaigns?x=1"));
	CHECK(!url_is_local("//evil.example/"));
	CHECK(!url_is_local("/\\evil.example/"));
	CHECK(!url_is_local("https://evil.example/"));
}

TEST(url_pairs_come_back_as_they_went)
{
	struct url_pair *list;
	size_t n;
	struct out o;

	out_init(&o, sc->mem);
	out_text(&o, "/x");
	url_add(&o, "a b", "1&2=ü");
	url_add(&o, "c", "");
	OK(url_pairs(sc, text_bytes(strchr(o.data, '?') + 1), 10, &list, &n));
	CHECK_INT((int64_t)n, 2);
	CHECK_TEXT(list[0].name, "a b");
	CHECK_TEXT(list[0].value, "1&2=ü");
	CHECK_TEXT(list[1].value, "");
	CHECK(url_pairs(sc, text_bytes("a=1&b=2&c=3"), 2, &list, &n) == ERR_LIMIT);
	CHECK(url_pairs(sc, text_bytes("a=%zz"), 2, &list, &n) == ERR_INPUT);
	CHECK(url_pairs(sc, text_bytes("a=%2"), 2, &list, &n) == ERR_INPUT);
	CHECK(url_pairs(sc, text_bytes("a=%00"), 2, &list, &n) == ERR_INPUT);
	CHECK(url_pairs(sc, text_bytes("a=%ff"), 2, &list, &n) == ERR_INPUT);
	OK(url_pairs(sc, text_bytes("&&a&"), 5, &list, &n));
	CHECK_INT((int64_t)n, 1);
}
