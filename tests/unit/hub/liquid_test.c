/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "kit.h"

#include <string.h>

#include "content/liquid.h"

/* The world of these templates. */
static const struct {
	const char *name, *text;
} known[] = {
	{ "contact.name", "Ada Lovelace" },
	{ "contact.email", "ada@example.org" },
	{ "contact.company", "Tom & Jerry's <b>\"Co\"</b>" },
	{ "contact.seats", "12" },
	{ "contact.empty", "" },
	{ "contact.tags", "red,green,blue" },
	{ "contact.since", "2024-02-29T13:05:09Z" },
	{ "contact.umlaut", "Müller" },
};

/* Rendered, or NULL after an error, which is in SC then. */
static const char *render(struct scope *sc, const char *text, bool html)
{
	const struct liquid *t;
	struct liquid_error error;
	const struct liquid_name *names;
	struct liquid_value *values;
	struct liquid_env env = { .html = html, .now = { INT64_C(1767225600000) } };
	struct out o;
	size_t n;

	scope_clear(sc);
	if (liquid_compile(sc, sc->mem, text, &t, &error))
		return NULL;
	names = liquid_names(t, &n);
	values = arena_array(sc->mem, n, sizeof *values);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < COUNT(known); k++)
			if (str_eq(names[i].name, known[k].name))
				values[i] = liquid_text(known[k].text);
	env.values = values;
	out_init(&o, sc->mem);
	if (liquid_render(sc, t, &env, &o))
		return NULL;
	return o.data;
}

static void check_all(struct scope *sc, const char *const (*list)[2], size_t n, bool html)
{
	for (size_t i = 0; i < n; i++) {
		const char *got = render(sc, list[i][0], html);

		if (!str_eq(got, list[i][1]))
			printf("  template: %s\n", list[i][0]);
		CHECK_TEXT(got ? got : sc->why, list[i][1]);
	}
}

#define CHECK_ALL(html, ...)                                                                       \
	do {                                                                                       \
		static const char *const list_[][2] = { __VA_ARGS__ };                             \
		check_all(sc, list_, COUNT(list_), html);                                          \
	} while (0)

TEST(outputs_take_values_literals_and_filters)
{
	CHECK_ALL(false, { "Hi {{ contact.name }}!", "Hi Ada Lovelace!" },
		{ "{{contact.name}}", "Ada Lovelace" }, { "{{ contact.nothing }}", "" },
		{ "{{ 'a' }}{{ \"b\" }}", "ab" },
		{ "{{ 3 }} {{ -2 }} {{ 1.50 }} {{ true }} {{ nil }}.", "3 -2 1.5 true ." },
		{ "{{ contact.name | upcase | append: '!' }}", "ADA LOVELACE!" },
		{ "{{ contact.empty | default: 'friend' }}", "friend" },
		{ "{{ contact.name | default: 'friend' }}", "Ada Lovelace" },
		{ "{{ \"}}\" }}", "}}" }, { "a { b } {c", "a { b } {c" },
		{ "{{ contact.umlaut.size }}", "6" }, { "", "" });
}

TEST(filters_do_what_other_implementations_do)
{
	CHECK_ALL(false, { "{{ 'aBc' | upcase }}{{ 'aBc' | downcase }}", "ABCabc" },
		{ "{{ 'heLLO world' | capitalize }}", "Hello world" },
		{ "[{{ '  x ' | strip }}][{{ '  x ' | lstrip }}][{{ '  x ' | rstrip }}]",
			"[x][x ][  x]" },
		{ "{{ 'a.b.a' | replace: 'a', 'x' }} {{ 'a.a' | replace_first: 'a', 'x' }}",
			"x.b.x x.a" },
		{ "{{ 'a.b.a' | remove: 'a' }}", ".b." },
		{ "{{ 'Müllermeister' | truncate: 6 }}", "Mül..." },
		{ "{{ 'Müll' | truncate: 4 }}", "Müll" },
		{ "{{ 'abcdef' | truncate: 4, '' }}", "abcd" },
		{ "{{ 'one two three' | truncatewords: 2 }}", "one two..." },
		{ "{{ 'Müller' | slice: 1 }}{{ 'Müller' | slice: -3, 2 }}", "üle" },
		{ "{{ 'a b&c/ü' | url_encode }}", "a%20b%26c%2F%C3%BC" },
		{ "{{ '<a>&' | escape }} {{ '&lt;&' | escape_once }}", "&lt;a&gt;&amp; &lt;&amp;" },
		{ "{{ 'a,b,c' | split: ',' | join: '-' }}", "a-b-c" },
		{ "{{ 'a,b,c' | split: ',' | first }}{{ 'a,b,c' | split: ',' | last }}", "ac" },
		{ "{{ 'a,b,c' | split: ',' | size }} {{ 'abc' | size }}", "3 3" },
		{ "{{ 'abc' | split: '' | reverse | join: '' }}", "cba" },
		{ "{{ 'b' | prepend: 'a' }}", "ab" }, { "{{ 'a\nb' | strip_newlines }}", "ab" });
}

TEST(numbers_stay_whole_until_a_fraction_meets_them)
{
	CHECK_ALL(false, { "{{ 1 | plus: 2 }} {{ 1 | plus: 0.5 }}", "3 1.5" },
		{ "{{ contact.seats | minus: 2 | times: 3 }}", "30" },
		{ "{{ 7 | divided_by: 2 }} {{ -7 | divided_by: 2 }} {{ 7 | divided_by: 2.0 }}",
			"3 -4 3.5" },
		{ "[{{ 7 | divided_by: 0 }}]", "[]" },
		{ "{{ 7 | modulo: 3 }} {{ -7 | modulo: 3 }}", "1 2" },
		{ "{{ 2.5 | round }} {{ 2.456 | round: 2 }} {{ 2.1 | ceil }} {{ 2.9 | floor }}",
			"3 2.46 3 2" },
		{ "{{ -3 | abs }} {{ 'x' | abs }} {{ -1.5 | abs }}", "3 0 1.5" },
		{ "{{ 3 | at_least: 5 }} {{ 3 | at_most: 2 }}", "5 2" });
	CHECK(!render(sc, "{{ 9223372036854775807 }}", false));
	CHECK(strstr(sc->why, "too long") != NULL);
}

TEST(dates_are_written_as_the_format_says)
{
	CHECK_ALL(false,
		{ "{{ contact.since | date: '%d.%m.%Y %H:%M:%S' }}", "29.02.2024 13:05:09" },
		{ "{{ contact.since | date: '%A, %-d %B %y %I%p' }}",
			"Thursday, 29 February 24 01PM" },
		{ "{{ '2024-03-01' | date: '%a %e %b %j' }}", "Fri  1 Mar 061" },
		{ "{{ 'now' | date: '%F' }} {{ 0 | date: '%Y' }}", "2026-01-01 1970" },
		{ "{{ 'soon' | date: '%Y' }}", "soon" },
		{ "{{ '2024-03-01' | date: '%q%' }}", "%q%" });
}

TEST(conditions_choose_the_first_branch_that_holds)
{
	CHECK_ALL(false, { "{% if contact.name %}a{% else %}b{% endif %}", "a" },
		{ "{% if contact.empty %}a{% elsif contact.seats > 10 %}b{% else %}c{% endif %}",
			"b" },
		{ "{% unless contact.empty %}a{% else %}b{% endunless %}", "a" },
		{ "{% if contact.seats == 12 and contact.name contains 'Love' %}y{% endif %}",
			"y" },
		{ "{% if false or true and false %}y{% else %}n{% endif %}", "n" },
		{ "{% if contact.empty == blank %}1{% endif %}{% if '' == empty %}2{% endif %}"
		  "{% if ' ' == empty %}3{% endif %}{% if ' ' == blank %}4{% endif %}"
		  "{% if contact.x == nil %}5{% endif %}{% if contact.name != blank %}6{% endif %}",
			"12456" },
		{ "{% if 'a' < 'b' %}1{% endif %}{% if 2 <= 2 %}2{% endif %}{% if 2 >= 3 %}3{% endif "
		  "%}{% if 2 <> 3 %}4{% endif %}{% if nil < 1 %}5{% endif %}",
			"124" },
		{ "{% case contact.seats %}x{% when 1 %}a{% when 2, '12' %}b{% else %}c{% endcase %}",
			"b" },
		{ "{% case 'q' %}{% when 'a' or 'b' %}1{% else %}2{% endcase %}", "2" });
}

TEST(loops_go_round_lists_and_ranges)
{
	CHECK_ALL(false,
		{ "{% assign l = contact.tags | split: ',' %}{% for t in l %}{{ t }} {% "
		  "endfor %}",
			"red green blue " },
		{ "{% for i in (1..3) %}{{ forloop.index }}/{{ forloop.length }}{% unless "
		  "forloop.last %},{% endunless %}{% endfor %}",
			"1/3,2/3,3/3" },
		{ "{% for i in (1..9) limit:2 offset:3 %}{{ i }}{% endfor %}", "45" },
		{ "{% for i in (1..4) reversed %}{{ i }}{% endfor %}", "4321" },
		{ "{% for i in (1..5) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 4 %}{% "
		  "break %}{% endif %}{{ i }}{% endfor %}",
			"13" },
		{ "{% for i in contact.none %}x{% else %}none{% endfor %}", "none" },
		{ "{% for i in (1..2) %}{% for j in (1..2) %}{{ i }}{{ j }}{{ forloop.rindex }} {% "
		  "endfor %}{{ forloop.index0 }};{% endfor %}",
			"112 121 0;212 221 1;" },
		{ "{% assign l = 'a b' | split: ' ' %}{{ l[1] }}{{ l[-2] }}{{ l.first }}{{ l[9] }}",
			"baa" });
}

TEST(names_are_assigned_captured_and_shadowed)
{
	CHECK_ALL(false, { "{% assign a = 1 %}{% assign a = a | plus: 1 %}{{ a }}", "2" },
		{ "{% capture c %}<{{ contact.seats }}>{% endcapture %}{{ c }}{{ c }}",
			"<12><12>" },
		{ "{% if false %}{% assign x = 1 %}{% endif %}[{{ x }}]", "[]" },
		{ "{% for i in (1..2) %}{% assign last = i %}{% endfor %}{{ last }}{{ i }}", "2" });
}

TEST(whitespace_control_comments_and_raw)
{
	CHECK_ALL(false, { "a {{- 'b' -}} c", "abc" },
		{ "a\n{%- if true -%}\n b\n{%- endif %}\nc", "ab\nc" },
		{ "a{% comment %}{{ oops {% comment %}x{% endcomment %}{% endcomment %}b", "ab" },
		{ "{% raw %}{{ a }}{% if %}{% endraw %}", "{{ a }}{% if %}" },
		{ "{{ contact.name }}'s {% if true %}it's{% endif %} 'x",
			"Ada Lovelace's it's 'x" });
}

TEST(html_is_escaped_but_what_escape_made)
{
	CHECK_ALL(true,
		{ "<p>{{ contact.company }}</p>",
			"<p>Tom &amp; Jerry&#39;s &lt;b&gt;&quot;Co&quot;&lt;/b&gt;</p>" },
		{ "{{ '<' | escape }}{{ '<' | escape | append: '' }}", "&lt;&amp;lt;" },
		{ "{% capture c %}{{ '<' }}<i>{% endcapture %}{{ c }}", "&lt;<i>" },
		{ "{{ \"a<\nb\" | newline_to_br }}", "a&lt;<br />\nb" });
	CHECK_ALL(false, { "{{ contact.company }}", "Tom & Jerry's <b>\"Co\"</b>" });
}

TEST(a_syntax_error_names_line_and_column)
{
	static const struct {
		const char *text;
		int line, column;
		const char *says;
	} list[] = {
		{ "a\nb {{ x", 2, 3, "not closed" },
		{ "{% if x %}", 1, 1, "never closed" },
		{ "ü\n  {% endif %}", 2, 3, "belong" },
		{ "{{ x | nofilter }}", 1, 8, "no filter" },
		{ "ü {{ x | append }}", 1, 10, "missing" },
		{ "{{ x | upcase: 1 }}", 1, 15, "too many" },
		{ "{% frob %}", 1, 1, "no tag" },
		{ "{% for x of y %}{% endfor %}", 1, 1, "for NAME in LIST" },
		{ "{{ 'abc }}", 1, 4, "not closed" },
		{ "{% if a b %}{% endif %}", 1, 9, "not expected" },
		{ "{{ }}", 1, 4, "missing" },
		{ "{% break %}", 1, 1, "loop" },
		{ "{% raw %} x", 1, 1, "endraw" },
		{ "{% assign 1 = 2 %}", 1, 1, "assign NAME" },
		{ "{{ a.b.c }}", 1, 7, "a value has no" },
		{ "{% if a %}{% else %}{% else %}{% endif %}", 1, 21, "belong" },
	};

	for (size_t i = 0; i < COUNT(list); i++) {
		const struct liquid *t;
		struct liquid_error error = { 0 };

		CHECK_INT(liquid_compile(sc, sc->mem, list[i].text, &t, &error), ERR_INPUT);
		CHECK_INT(error.line, list[i].line);
		CHECK_INT(error.column, list[i].column);
		CHECK(error.text && strstr(error.text, list[i].says));
		if (!error.text || !strstr(error.text, list[i].says))
			printf("  %s: %s\n", list[i].text, error.text);
	}
}

TEST(outside_names_are_listed_once_with_their_first_place)
{
	const struct liquid *t;
	struct liquid_error error;
	const struct liquid_name *names;
	size_t n;

	OK(liquid_compile(sc, sc->mem,
		"{{ b }}\n{% assign a = 1 %}{{ a }} {{ contact.x.size }}{% for q in b %}{{ q }}{% "
		"endfor %} {{ b }}",
		&t, &error));
	names = liquid_names(t, &n);
	CHECK_INT(n, 2);
	CHECK_TEXT(names[0].name, "b");
	CHECK_INT(names[0].line, 1);
	CHECK_INT(names[0].column, 4);
	CHECK_TEXT(names[1].name, "contact.x");
	CHECK_INT(names[1].line, 2);
}

TEST(a_template_cannot_run_away)
{
	struct out o;

	CHECK(!render(sc,
		"{% for i in (1..1000) %}{% for j in (1..1000) %}x{% endfor %}{% endfor %}",
		false));
	CHECK_INT(sc->err, ERR_LIMIT);
	CHECK(!render(sc, "{% for i in (1..100000) %}x{% endfor %}", false));
	CHECK_INT(sc->err, ERR_LIMIT);
	CHECK(!render(sc,
		"{% assign a = 'xxxxxxxxxxxxxxxx' %}{% for i in (1..40) %}{% assign a = a | append: "
		"a %}{% endfor %}",
		false));
	CHECK_INT(sc->err, ERR_LIMIT);
	CHECK(!render(sc,
		"{% capture a %}{% for i in (1..900) %}0123456789012345678901234567890123456789{% "
		"endfor %}{% endcapture %}{% for i in (1..90) %}{{ a }}{% endfor %}",
		false));
	CHECK_INT(sc->err, ERR_LIMIT);
	out_init(&o, sc->mem);
	for (int i = 0; i < 100; i++)
		out_text(&o, "{% if true %}");
	CHECK(!render(sc, o.data, false));
	CHECK_INT(sc->err, ERR_INPUT);
	out_cut(&o, 0);
	out_text(&o, "{{ a");
	for (int i = 0; i < 10000; i++)
		out_text(&o, "[a");
	out_text(&o, "}}");
	CHECK(!render(sc, o.data, false));
	CHECK_INT(sc->err, ERR_INPUT);
}
