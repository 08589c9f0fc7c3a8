/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A company's own rules about replies. */
#include "warmup/shaping.h"

#include "company_kit.h"
#include "warmup/plan.h"
#include "warmup_kit.h"

static const char mine[] = "# ours\nslow-co google,gmx 1/60 rate=30 90 \"slow down, [a-z]+\"\n";

static void refused(struct scope *sc, const char *body, const char *says)
{
	CHECK_INT(shaping_save(sc, 0, body), ERR_INPUT);
	CHECK_TEXT(sc->field, "body");
	CHECK_TEXT(sc->tell, says);
	scope_clear(sc);
}

TEST(rules_that_cannot_be_are_refused_with_their_line)
{
	kit_hub_store(sc, kit);
	refused(sc, "a * 1/60 rate=30 90\n",
		"Line 1: a rule is: name providers hits/minutes action minutes \"expression\"");
	refused(sc, "\na * 0/60 rate=30 90 \"x\"\n",
		"Line 2: hits are written 2/60: 1 to 20 within 1 to 1440 minutes");
	refused(sc, "a * 1/60 rate=30 90 \"(x\"\n",
		"Line 1: the expression is wrong at byte 3: a ) is missing");
	refused(sc, "a gogle 1/60 suspend 90 \"x\"\n",
		"The rule a: there is no provider gogle (* stands for all)");
	refused(sc, "yahoo-tss04 * 1/60 suspend 90 \"x\"\n",
		"A rule has the name of one of the program's rules");
}

TEST(a_companys_rules_have_versions_and_stand_before_those_of_the_program)
{
	const struct shape_rules *rules;
	struct company c = company_open(sc, kit);
	struct shaping_version s, *rows;
	struct part_warmup w;
	size_t n;

	OK(plan_choose(sc, PLAN_TENANT, 0, 1));
	NEED(kit_warmup_part(sc, c.appliance, &w));
	CHECK_TEXT(w.rules, NULL);
	OK(shaping_save(sc, 0, mine));
	NEED(kit_warmup_part(sc, c.appliance, &w));
	CHECK_TEXT(w.rules, mine);
	CHECK_INT(shaping_save(sc, 0, "b * 1/1 suspend 1 \"y\"\n"), ERR_CONFLICT);
	scope_clear(sc);
	OK(shaping_save(sc, 1, mine));
	OK(shaping_read(sc, mine, &rules));
	CHECK_TEXT(
		shape_match(rules, "gmx", "421 slow down, please: rate limited")->name, "slow-co");
	CHECK_TEXT(
		shape_match(rules, "yahoo", "421 slow down, please: rate limited")->name, "rate");
	OK(shaping_save(sc, 1, ""));
	NEED(kit_warmup_part(sc, c.appliance, &w));
	CHECK_TEXT(w.rules, NULL);
	OK(shaping_versions(sc, &rows, &n));
	NEED(n == 2);
	CHECK_TEXT(rows[1].body, mine);
	/* Another company has its own. */
	kit_tenant_add(sc, 1002);
	sc->tenant = 1002;
	OK(shaping_find(sc, &s));
	CHECK_INT(s.version, 0);
	CHECK_TEXT(s.body, "");
}
