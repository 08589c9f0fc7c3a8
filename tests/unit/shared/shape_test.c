/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/shape.h"

#include <string.h>

#include "base/file.h"
#include "kit.h"
#include "pace/lines.h"
#include "pace/provider.h"
#include "text/pattern.h"

#define NOON   INT64_C(1767268800000)
#define CORPUS "tests/unit/shared/replies"

static const struct shape_rule *rule_named(const struct shape_rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->count; i++)
		if (str_eq(rules->list[i].name, name))
			return &rules->list[i];
	return NULL;
}

/* Each line of the corpus: provider, the rule that must answer ("-" for none), the reply. */
TEST(every_rule_finds_its_replies_and_none_anothers)
{
	const struct shape_rules *rules = shape_builtin(sc);
	bool *used = arena_array(sc->mem, rules->count, sizeof *used);
	struct bytes text;
	struct lines lines;
	struct line l;
	enum err e = ERR_NONE;
	int n = 0;

	OK(file_read(sc, CORPUS, LINES_MAX, &text));
	OK(lines_open(sc, &lines, "replies", text));
	while (lines_next(sc, &lines, &l, &e)) {
		const struct shape_rule *r;

		NEED(l.count == 3);
		r = shape_match(rules, l.words[0], l.words[2]);
		if (!str_eq(r ? r->name : "-", l.words[1]))
			fprintf(stderr, "replies line %d\n", l.number);
		CHECK_TEXT(r ? r->name : "-", l.words[1]);
		if (r)
			used[r - rules->list] = true;
		n++;
	}
	OK(e);
	CHECK(n >= 100);
	for (size_t i = 0; i < rules->count; i++)
		if (!used[i])
			CHECK_TEXT(rules->list[i].name, "a rule without a reply in the corpus");
}

/* Of rules made for one provider, no two that say different things fit one reply. */
TEST(no_reply_fits_two_rules_of_one_provider_that_contradict)
{
	const struct shape_rules *rules = shape_builtin(sc);
	struct bytes text;
	struct lines lines;
	struct line l;
	enum err e = ERR_NONE;

	OK(file_read(sc, CORPUS, LINES_MAX, &text));
	OK(lines_open(sc, &lines, "replies", text));
	while (lines_next(sc, &lines, &l, &e)) {
		const struct shape_rule *first = shape_match(rules, l.words[0], l.words[2]);

		for (size_t i = 0; first && i < rules->count; i++) {
			const struct shape_rule *r = &rules->list[i];

			if (r == first || !str_eq(r->providers, first->providers) ||
				!pattern_matches(r->pattern, l.words[2]))
				continue;
			if (r->what != first->what || r->value != first->value)
				CHECK_TEXT(r->name, first->name);
		}
	}
	OK(e);
}

TEST(rules_name_providers_that_exist)
{
	const struct shape_rules *rules = shape_builtin(sc);
	const struct providers *p = providers_builtin(sc);

	for (size_t i = 0; i < rules->count; i++) {
		char *list = arena_text(sc->mem, rules->list[i].providers), *rest = list, *name;

		while ((name = strsep(&rest, ",")))
			if (!str_eq(name, "*"))
				CHECK_TEXT(provider_named(p, name)->name, name);
	}
}

TEST(a_rule_acts_when_its_replies_came_often_enough_and_ends)
{
	const struct shape_rule *r = rule_named(shape_builtin(sc), "yahoo-tss04");
	struct shaping s = { 0 };
	struct decision d;

	NEED(r != NULL);
	CHECK(!shape_hit(&s, r, NOON, &d));
	/* The second comes too late to be the second. */
	CHECK(!shape_hit(&s, r, NOON + HOUR_MS, &d));
	CHECK(!shape_check(&s, NOON + HOUR_MS).held);
	CHECK(shape_hit(&s, r, NOON + HOUR_MS + 1, &d));
	CHECK_INT(d.kind, DECIDE_SHAPE);
	CHECK_TEXT(d.rule, "yahoo-tss04");
	CHECK_TEXT(d.reason, "suspend");
	CHECK_INT(d.until, NOON + 3 * HOUR_MS + 1);
	CHECK(shape_check(&s, NOON + 2 * HOUR_MS).held);
	CHECK_INT(shape_check(&s, NOON + 2 * HOUR_MS).lifts, NOON + 3 * HOUR_MS + 1);
	CHECK_TEXT(shape_check(&s, NOON + 2 * HOUR_MS).by, "yahoo-tss04");
	CHECK(!shape_check(&s, NOON + 3 * HOUR_MS + 1).held);
}

TEST(a_rate_spaces_mails_and_the_slower_one_binds)
{
	const struct shape_rules *rules = shape_builtin(sc);
	struct shaping s = { 0 };
	struct decision d;

	for (int i = 0; i < 3; i++)
		shape_hit(&s, rule_named(rules, "yahoo-ts03"), NOON, &d);
	shape_release(&s, NOON);
	CHECK_INT(shape_check(&s, NOON).lifts, NOON + 6 * SECOND_MS);
	for (int i = 0; i < 3; i++)
		shape_hit(&s, rule_named(rules, "yahoo-ts02"), NOON, &d);
	CHECK_INT(shape_check(&s, NOON).lifts, NOON + MINUTE_MS);
	CHECK_INT(shape_check(&s, NOON).rate, 60);
	CHECK(!shape_check(&s, NOON + MINUTE_MS).held);
	CHECK_INT(shape_least(&s, SHAPE_MESSAGES, NOON, 20), 20);
	for (int i = 0; i < 3; i++)
		shape_hit(&s, rule_named(rules, "yahoo-messages"), NOON, &d);
	CHECK_INT(shape_least(&s, SHAPE_MESSAGES, NOON, 20), 5);
}

TEST(a_rule_that_is_wrong_names_its_line)
{
	static const char *const wrong[] = { "a * 1/1 suspend 1", "a * 1 suspend 1 \"x\"",
		"a * 0/1 suspend 1 \"x\"", "a * 21/1 suspend 1 \"x\"", "a * 1/1 sleep 1 \"x\"",
		"a * 1/1 rate 1 \"x\"", "a * 1/1 rate=0 1 \"x\"", "a * 1/1 suspend=1 1 \"x\"",
		"a * 1/1 suspend 0 \"x\"", "a * 1/1 suspend 1 \"(x\"", "a * 1/1 suspend 1 \"x",
		"a * 1/1 suspend 1 \"(?=x)\"", "a * 1/1 suspend 1 \"x\"\na * 1/1 suspend 1 \"y\"" };
	const char *large = "a * 1/1 suspend 1 \"((x{100}){100}){100}\"";
	const struct shape_rules *rules = NULL;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		CHECK_INT(shape_parse(sc, bytes_of(wrong[i], strlen(wrong[i])), &rules), ERR_INPUT);
		CHECK(strstr(sc->why, "rules line ") != NULL);
	}
	CHECK_INT(shape_parse(sc, bytes_of(large, strlen(large)), &rules), ERR_LIMIT);
	CHECK(rules == NULL);
}
