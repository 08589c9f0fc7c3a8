/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "text/pattern.h"

#include <regex.h>
#include <string.h>

#include "kit.h"

static bool matches(struct scope *sc, const char *expression, const char *text)
{
	const struct pattern *p;

	OK(pattern_compile(sc, expression, &p));
	return pattern_matches(p, text);
}

TEST(a_pattern_is_found_anywhere_and_in_either_case)
{
	CHECK(matches(sc, "unusual rate", "421 4.7.0 Our system has detected an Unusual Rate of"));
	CHECK(!matches(sc, "^unusual", "an unusual rate"));
	CHECK(matches(sc, "rate$", "an unusual rate"));
	CHECK(!matches(sc, "unusual$", "an unusual rate"));
	CHECK(matches(sc, "\\[TSS0[45]\\]", "[TSS05] All messages"));
	CHECK(!matches(sc, "\\[TSS0[45]\\]", "[TSS06] All messages"));
	CHECK(matches(sc, "RL0000\\d{2}", "RL000042"));
	CHECK(!matches(sc, "^RL0000\\d{2}$", "RL0000421"));
	CHECK(matches(sc, "^(too many|trop de) \\w+$", "Trop de connexions"));
	CHECK(!matches(sc, "^(too many|trop de) \\w+$", "trop peu"));
	CHECK(matches(sc, "^a{2,3}b$", "aab"));
	CHECK(!matches(sc, "^a{2,3}b$", "aaaab"));
	CHECK(matches(sc, "^[^0-9]+$", "none"));
	CHECK(matches(sc, "^(a|b|c(d|e)*)+$", "abcdedea"));
	CHECK(matches(sc, "x*", ""));
	CHECK(matches(sc, "^$", ""));
}

TEST(an_expression_that_is_wrong_says_where)
{
	static const char *const wrong[] = { "", "(", "a)", "a|", "|a", "[a", "*a", "a**", "a{3,2}",
		"a{0}", "a{101}", "a{x}", "(?=a)", "\\1", "\\b", "a\\", "[z-a]", "()" };
	const struct pattern *p = NULL;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		CHECK_INT(pattern_compile(sc, wrong[i], &p), ERR_INPUT);
		CHECK(strstr(sc->why, "wrong at byte") != NULL);
	}
	CHECK_INT(pattern_compile(sc, "(((a{100}){100}){100}){100}", &p), ERR_LIMIT);
	CHECK_INT(pattern_compile(sc, "(((a{1,100}){1,100}){1,100})", &p), ERR_LIMIT);
	CHECK_INT(pattern_compile(sc, "([a-z]{1,90}){90}x", &p), ERR_LIMIT);
	CHECK(p == NULL);
}

/* Each of these takes ages where ways are tried one after the other. */
TEST(an_expression_made_to_run_away_ends_at_once)
{
	char text[513];

	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = 0;
	CHECK(!matches(sc, "^(a+)+$x", text));
	CHECK(!matches(sc, "^(a|a|aa)+b", text));
	CHECK(!matches(sc, "(a*){20}b", text));
	CHECK(!matches(sc, "(a?){90}(a{90})+b$", text));
	CHECK(!matches(sc, "(.*){50}b", text));
	CHECK(!matches(sc, "(a?){100}(a?){100}(a?){100}b", text));
}

/* The C library's matcher as a second opinion over all short texts of two letters. */
TEST(it_agrees_with_the_library_on_small_texts)
{
	static const char *const all[] = { "a", "ab", "a|b", "(ab)*", "^(a|ba)*$", "a+b?",
		"^a{2}b*$", "(a|b)(a|b)a", "^(a*b|b*a)$", "a$|^bb", "^(a?b?){2}$", "[^a]b",
		"^((a|b)b){1,2}a*$" };

	for (size_t i = 0; i < COUNT(all); i++) {
		const struct pattern *p;
		regex_t r;

		OK(pattern_compile(sc, all[i], &p));
		NEED(regcomp(&r, all[i], REG_EXTENDED | REG_NOSUB) == 0);
		for (int n = 1; n < 128; n++) {
			char text[8];
			int len = 0;

			for (int bits = n; bits > 1; bits >>= 1)
				text[len++] = bits & 1 ? 'a' : 'b';
			text[len] = 0;
			CHECK_INT(pattern_matches(p, text), regexec(&r, text, 0, NULL, 0) == 0);
		}
		regfree(&r);
	}
}
