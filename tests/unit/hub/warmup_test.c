/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Plans of a company's own, which of them warms up what, and what appliances tell of their lanes.
 */
#include "company_kit.h"
#include "warmup_kit.h"

#include "event/event.h"
#include "fleet/appliance.h"
#include "fleet/part.h"
#include "send/message.h"
#include "sender/mailbox.h"
#include "warmup/lane.h"
#include "warmup/limit.h"
#include "warmup/plan.h"
#include "warmup/warmup.h"
#include "wire/warmup.h"

#define OTHERS "\tconsumer 100 1-:20*1.25\n\thosted 100 1-:20*1.25\n\tother 100 1-:20*1.25\n"

static const char slow[] =
	"plan slow \"Very slow\"\n\tmailbox 20 1-10:2..20\n" OTHERS "\trise 50 3\n";
static const char fast[] =
	"plan slow \"Not so slow\"\n\tmailbox 40 1-10:4..40\n" OTHERS "\trise 50 4\n";

static void refused(struct scope *sc, const char *body, const char *says)
{
	const struct ramp_plan *plan;

	CHECK_INT(plan_read(sc, body, &plan), ERR_INPUT);
	CHECK_TEXT(sc->field, "body");
	CHECK_TEXT(sc->tell, says);
	scope_clear(sc);
}

TEST(a_plan_that_cannot_be_is_refused_with_its_line)
{
	kit_hub_store(sc, kit);
	refused(sc, "plan a \"A\"\nmailbox 20 1-10:20..2\n" OTHERS,
		"Line 2: curve mailbox, day 1: the plan falls, or grows too fast for any");
	refused(sc, "plan a \"A\"\n\n\tmailbox 20 1-5:2..4 5-9:4..8\n" OTHERS,
		"Line 3: curve mailbox, day 5: phases overlap");
	refused(sc, "plan a \"A\"\nmailbox 900 1-2:1..900\n" OTHERS "rise 40 3\n",
		"Line 2: curve mailbox, day 2: the plan rises by more than it allows a day");
	refused(sc, "plan a \"A\"\nmailbox 20 1-:2..2\n" OTHERS "window 1-5 600 500\n",
		"Line 6: a window needs a weekday and ends later on the day it begins");
	refused(sc, "plan a \"A\"\nmailbox twenty 1-:2..2\n",
		"Line 2: a curve is: name, largest cap, 1 to 8 phases");
	refused(sc, "plan a \"A\"\nplan b \"B\"\n",
		"Line 1: curve mailbox, day 1: a curve has 1 "
		"to 8 phases and a largest cap");
	refused(sc, "plan Big \"A\"\nmailbox 20 1-:2..2\n" OTHERS,
		"Line 1: a plan's name has small letters, digits and hyphens");
}

TEST(a_plan_of_a_companys_own_has_versions)
{
	struct plan_version *versions;
	struct plan_row p, *rows;
	size_t n;
	int64_t id;

	kit_hub_store(sc, kit);
	OK(plan_add(sc, slow, &id));
	CHECK_INT(plan_add(sc, slow, &id), ERR_INPUT);
	CHECK_INT(plan_add(sc, "plan standard \"S\"\nmailbox 20 1-:2..2\n" OTHERS, &id), ERR_INPUT);
	OK(plan_list(sc, &rows, &n));
	NEED(n == 5);
	CHECK_TEXT(rows[0].name, "standard");
	CHECK_TEXT(rows[4].name, "slow");
	id = rows[4].id;
	OK(plan_save(sc, id, 1, fast));
	CHECK_INT(plan_save(sc, id, 1, slow), ERR_CONFLICT);
	CHECK_INT(plan_save(sc, id, 2, "plan other \"O\"\nmailbox 20 1-:2..2\n" OTHERS), ERR_INPUT);
	CHECK_INT(plan_save(sc, 1, 1, fast), ERR_CONFLICT);
	OK(plan_find(sc, id, &p));
	CHECK_INT(p.version, 2);
	CHECK_TEXT(p.title, "Not so slow");
	OK(plan_versions(sc, id, &versions, &n));
	NEED(n == 2);
	CHECK_TEXT(versions[1].body, slow);
	OK(plan_find(sc, 1, &p));
	CHECK_TEXT(p.name, "standard");
	/* Another company neither sees it nor is in its way. */
	kit_tenant_add(sc, 1002);
	sc->tenant = 1002;
	CHECK_INT(plan_find(sc, id, &p), ERR_MISSING);
	CHECK_INT(plan_save(sc, id, 2, slow), ERR_MISSING);
	OK(plan_add(sc, slow, &id));
}

TEST(without_a_choice_an_appliance_has_no_lanes)
{
	struct part_warmup w;
	struct company c = company_open(sc, kit);

	run_followers(sc);
	CHECK(!kit_warmup_part(sc, c.appliance, &w));
	CHECK_INT(plan_choose(sc, PLAN_MAILBOX, 4711, 1), ERR_MISSING);
	CHECK_INT(plan_choose(sc, PLAN_TENANT, 0, 4711), ERR_MISSING);
	CHECK(!kit_warmup_part(sc, c.appliance, &w));
}

TEST(the_nearest_choice_holds)
{
	struct company c = company_open(sc, kit);
	struct part_warmup w;
	int64_t id, in_force;

	OK(plan_add(sc, slow, &id));
	OK(plan_choose(sc, PLAN_TENANT, 0, 1));
	NEED(kit_warmup_part(sc, c.appliance, &w));
	CHECK_TEXT(w.plan, "standard");
	CHECK_TEXT(w.mailbox_plan, "standard");
	CHECK_INT(w.lane_count, 0);
	OK(plan_choose(sc, PLAN_APPLIANCE, c.appliance, 4));
	OK(plan_choose(sc, PLAN_MAILBOX, c.mailbox, id));
	NEED(kit_warmup_part(sc, c.appliance, &w));
	CHECK_TEXT(w.plan, "cold");
	CHECK_INT(w.plan_count, 2);
	NEED(w.lane_count == 1);
	CHECK_INT(w.lanes[0].mailbox, c.mailbox);
	CHECK_TEXT(w.lanes[0].plan, "slow");
	OK(plan_in_force(sc, c.appliance, c.mailbox, &in_force));
	CHECK_INT(in_force, id);
	CHECK_INT(plan_retire(sc, id), ERR_CONFLICT);
	/* Warm by itself beside others that are not. */
	OK(plan_choose(sc, PLAN_MAILBOX, c.mailbox, PLAN_NONE));
	NEED(kit_warmup_part(sc, c.appliance, &w));
	NEED(w.lane_count == 1);
	CHECK_TEXT(w.lanes[0].plan, PLAN_OPEN);
	OK(plan_retire(sc, id));
	CHECK_INT(plan_choose(sc, PLAN_TENANT, 0, id), ERR_INPUT);
	OK(plan_choose(sc, PLAN_MAILBOX, c.mailbox, PLAN_INHERIT));
	OK(plan_choose(sc, PLAN_APPLIANCE, c.appliance, PLAN_NONE));
	/* What an appliance once had is taken back by a part that says nothing. */
	NEED(kit_warmup_part(sc, c.appliance, &w));
	CHECK_TEXT(w.plan, NULL);
	CHECK_INT(w.lane_count, 0);
}

TEST(a_saved_plan_reaches_the_appliances_that_go_by_it)
{
	struct company c = company_open(sc, kit);
	struct part_warmup w;
	int64_t id;

	OK(plan_add(sc, slow, &id));
	OK(plan_choose(sc, PLAN_TENANT, 0, id));
	NEED(kit_warmup_part(sc, c.appliance, &w));
	CHECK_INT(w.plans[0].version, 1);
	OK(plan_save(sc, id, 1, fast));
	NEED(kit_warmup_part(sc, c.appliance, &w));
	CHECK_INT(w.plans[0].version, 2);
	CHECK(strstr(w.plans[0].text, "mailbox 40 1-10:4..40") != NULL);
}

TEST(a_new_appliance_goes_by_the_companys_plan)
{
	struct part_warmup w;
	int64_t id;

	company_open(sc, kit);
	OK(plan_choose(sc, PLAN_TENANT, 0, 1));
	OK(appliance_plan(sc, "two", &id));
	run_followers(sc);
	NEED(kit_warmup_part(sc, id, &w));
	CHECK_TEXT(w.plan, "standard");
}

TEST(hands_are_numbered_and_holds_are_taken_back)
{
	struct company c = company_open(sc, kit);
	const struct lane_name box = { "mailbox", c.mailbox, "" },
			       google = { "provider", c.appliance, "google" },
			       foreign = { "mailbox", 4711, "" };
	struct part_warmup w;
	int64_t until, last;
	bool held;

	OK(lane_act(sc, &box, "back", 0));
	OK(lane_act(sc, &google, "step", 7));
	NEED(kit_warmup_part(sc, c.appliance, &w));
	NEED(w.hand_count == 2);
	CHECK_INT(w.hands[0].kind, WIRE_LANE_MAILBOX);
	CHECK_INT(w.hands[0].mailbox, c.mailbox);
	CHECK_INT(w.hands[1].what, HAND_STEP);
	CHECK_INT(w.hands[1].step, 7);
	CHECK_TEXT(w.hands[1].provider, "google");
	last = w.hands[1].n;
	CHECK(last > w.hands[0].n);
	/* A hub restored from a copy knows fewer hands than were done. */
	kit->real_ms += HOUR_MS;
	OK(lane_act(sc, &box, "restart", 0));
	NEED(kit_warmup_part(sc, c.appliance, &w));
	CHECK(w.hands[2].n >= last + HOUR_MS - 1);
	CHECK_INT(lane_act(sc, &foreign, "back", 0), ERR_MISSING);
	CHECK_INT(lane_act(sc, &box, "fly", 0), ERR_INPUT);

	OK(lane_hold(sc, &google, 2));
	OK(lane_is_held(sc, &google, &held, &until));
	CHECK(held);
	CHECK_INT(until, now_plan(sc).ms + 2 * DAY_MS);
	NEED(kit_warmup_part(sc, c.appliance, &w));
	NEED(w.order_count == 1);
	CHECK_INT(w.orders[0].rate, 0);
	CHECK_TEXT(w.orders[0].by, "hand");
	OK(lane_let_go(sc, &google));
	OK(lane_is_held(sc, &google, &held, &until));
	CHECK(!held);
	NEED(kit_warmup_part(sc, c.appliance, &w));
	CHECK_INT(w.order_count, 0);
}

/* ---- what an appliance says ---- */

struct telling {
	int64_t appliance;
	const char *body;
	enum err (*keep)(struct scope *sc, int64_t appliance, const char *body);
};

static enum err tell_write(struct scope *sc, void *arg)
{
	const struct telling *t = arg;

	return t->keep(sc, t->appliance, t->body);
}

static void tell_said(struct scope *sc, int64_t appliance, const struct wire_lane_said *m)
{
	struct bytes body = wire_put_lane_said(sc, m);

	OK(db_write(sc, tell_write,
		&(struct telling){
			appliance, arena_copy(sc->mem, body.data, body.len), lane_said }));
}

TEST(a_lanes_days_are_kept_and_the_newest_word_stands)
{
	struct company c = company_open(sc, kit);
	struct wire_lane_day d = { .kind = WIRE_LANE_PROVIDER,
		.provider = "google",
		.plan = "standard",
		.version = 1,
		.at = 20000 * DAY_MS + 1,
		.day = 20000,
		.step = 1,
		.cap = 20,
		.mails = 10,
		.ended = 10,
		.accepted = 10,
		.state = "free" };
	struct wire_lane_said s = { .kind = WIRE_LANE_PROVIDER,
		.provider = "google",
		.plan = "standard",
		.decision = "advance",
		.reason = "good",
		.at = 20001 * DAY_MS,
		.step = 1,
		.step_next = 2,
		.cap = 20,
		.cap_next = 25,
		.attempted = 19 };
	const struct lane_name name = { "provider", c.appliance, "google" };
	struct lane_day_row *days;
	struct lane_row row;
	size_t n;

	kit_lane_day(sc, c.appliance, &d);
	d.mails = d.ended = d.accepted = 19;
	kit_lane_day(sc, c.appliance, &d);
	/* Said at midnight, about the day that ended. */
	tell_said(sc, c.appliance, &s);
	d = (struct wire_lane_day){ .kind = WIRE_LANE_PROVIDER,
		.provider = "google",
		.plan = "standard",
		.at = 20001 * DAY_MS + 1,
		.day = 20001,
		.step = 2,
		.cap = 25,
		.state = "warmup",
		.by = "plan" };
	kit_lane_day(sc, c.appliance, &d);
	OK(lane_days(sc, &name, 0, 10, &days, &n));
	NEED(n == 2);
	CHECK_INT(days[1].mails, 19);
	CHECK_TEXT(days[1].decision, "advance");
	CHECK_INT(days[1].cap_next, 25);
	CHECK(strstr(days[1].inputs, "\"attempted\":19") != NULL);
	CHECK_TEXT(days[0].decision, NULL);
	OK(lane_find(sc, &name, &row));
	CHECK_INT(row.step, 2);
	CHECK_TEXT(row.state, "warmup");
	/* A word of an older day does not bring it back. */
	d.day = 19999;
	d.at = 19999 * DAY_MS;
	d.step = 9;
	kit_lane_day(sc, c.appliance, &d);
	OK(lane_find(sc, &name, &row));
	CHECK_INT(row.day, 20001);
}

TEST(a_forecast_says_what_the_day_would_decide)
{
	struct company c = company_open(sc, kit);
	struct wire_lane_day d = { .kind = WIRE_LANE_MAILBOX,
		.mailbox = c.mailbox,
		.plan = "standard",
		.version = 1,
		.at = 20000 * DAY_MS + 1,
		.day = 20000,
		.step = 1,
		.cap = 10,
		.mails = 5,
		.ended = 5,
		.accepted = 5,
		.state = "free" };
	const struct lane_name name = { "mailbox", c.mailbox, "" };
	struct lane_forecast f;
	struct lane_day_row *days;
	struct lane_row row;
	size_t n;

	kit_lane_day(sc, c.appliance, &d);
	OK(lane_find(sc, &name, &row));
	OK(lane_days(sc, &name, 0, 40, &days, &n));
	OK(lane_forecast(sc, &row, days, n, &f));
	CHECK_TEXT(f.decision, "hold");
	CHECK_TEXT(f.reason, "volume");
	CHECK_INT(f.cap, 10);
	d.mails = d.ended = d.accepted = 9;
	kit_lane_day(sc, c.appliance, &d);
	OK(lane_days(sc, &name, 0, 40, &days, &n));
	OK(lane_forecast(sc, &row, days, n, &f));
	CHECK_TEXT(f.decision, "advance");
	CHECK_INT(f.step, 2);
	CHECK(f.cap > 10);
}

TEST(what_cannot_be_read_and_others_mailboxes_are_passed_over)
{
	struct company c = company_open(sc, kit);
	struct wire_lane_day d = { .kind = WIRE_LANE_MAILBOX,
		.mailbox = 4711,
		.at = 20000 * DAY_MS,
		.day = 20000,
		.state = "free" };
	const struct lane_name name = { "mailbox", 4711, "" };
	struct lane_row row;

	kit_lane_day(sc, c.appliance, &d);
	CHECK_INT(lane_find(sc, &name, &row), ERR_MISSING);
	scope_clear(sc);
	OK(db_write(sc, tell_write, &(struct telling){ c.appliance, "{\"kind\":7}", lane_told }));
	OK(db_write(sc, tell_write, &(struct telling){ c.appliance, "no", lane_said }));
	OK(db_write(sc, tell_write, &(struct telling){ c.appliance, NULL, lane_said }));
}

/* ---- why ---- */

static const struct limit_row *limit_of(const struct limit_row *rows, size_t n, const char *rule)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].rule, rule))
			return &rows[i];
	return NULL;
}

TEST(every_limit_of_a_mailbox_is_said_and_the_last_to_lift_binds)
{
	struct company c = company_open(sc, kit);
	int64_t now = now_plan(sc).ms;
	struct wire_lane_day d = { .kind = WIRE_LANE_MAILBOX,
		.mailbox = c.mailbox,
		.plan = "standard",
		.at = now,
		.day = clock_day(now),
		.step = 3,
		.cap = 15,
		.mails = 15,
		.state = "warmup",
		.by = "plan",
		.until = now + 2 * HOUR_MS };
	const struct lane_name name = { "mailbox", c.mailbox, "" };
	const struct limit_row *r;
	struct limit_row *rows;
	size_t n;

	kit_lane_day(sc, c.appliance, &d);
	OK(limit_list(sc, c.mailbox, 0, NULL, &rows, &n));
	r = limit_of(rows, n, "warmup");
	NEED(r != NULL);
	CHECK(r->holds && r->binds);
	CHECK_INT(r->value, 15);
	CHECK_INT(r->lifts, now + 2 * HOUR_MS);
	r = limit_of(rows, n, "cap");
	NEED(r != NULL);
	CHECK(!r->holds);
	CHECK_INT(r->value, 30);
	/* Among all of its appliance it has its name. */
	OK(limit_list(sc, 0, c.appliance, NULL, &rows, &n));
	r = limit_of(rows, n, "warmup");
	NEED(r != NULL);
	CHECK(strstr(r->text, "@") != NULL);
	/* What somebody's hand holds lifts last. */
	OK(lane_hold(sc, &name, 0));
	OK(limit_list(sc, c.mailbox, 0, NULL, &rows, &n));
	r = limit_of(rows, n, "hand");
	NEED(r != NULL);
	CHECK(r->holds && r->binds);
	OK(lane_let_go(sc, &name));
	/* What an appliance said long ago holds nothing. */
	kit->real_ms += 3 * HOUR_MS;
	OK(limit_list(sc, c.mailbox, 0, NULL, &rows, &n));
	r = limit_of(rows, n, "warmup");
	NEED(r != NULL);
	CHECK(!r->holds);
	CHECK_INT(limit_list(sc, 4711, 0, NULL, &rows, &n), ERR_MISSING);
}

TEST(a_mail_says_that_a_lane_holds_it)
{
	struct company c = company_open(sc, kit);
	int64_t now = now_plan(sc).ms, campaign;
	struct wire_lane_day d = { .kind = WIRE_LANE_IP,
		.at = now,
		.day = clock_day(now),
		.state = "stop",
		.by = "gate",
		.reason = "hard",
		.until = now + 3 * DAY_MS };
	struct message_why why;
	struct mail *list;
	size_t n;

	company_people(sc, 1);
	campaign = make_campaign(sc, two_steps, 2);
	OK(campaign_launch(sc, campaign));
	run_jobs(sc);
	list = mails(sc, campaign, &n);
	NEED(n == 1);
	kit_lane_day(sc, c.appliance, &d);
	OK(message_explain(sc, list[0].id, &why));
	CHECK_TEXT(why.rule, "stop");
	CHECK_TEXT(why.by, "gate");
	CHECK_INT(why.lifts, now + 3 * DAY_MS);
}

/* ---- weather ---- */

SQL(warmup_test_weather, SQL_ENGINE,
	"INSERT INTO weather (provider, class, since, until, machines) "
	"VALUES ('google', 'rate', $1, $2, 3)");

static enum err write_weather(struct scope *sc, void *arg)
{
	int64_t now = now_real(sc).ms;

	event_addf(sc, "weather.began", sc->tenant, "{\"provider\":\"google\",\"class\":\"rate\"}");
	return db_run(sc, &warmup_test_weather, BIND(V(now), V(now + HOUR_MS)), NULL);
}

TEST(bad_weather_slows_every_appliance_that_has_lanes)
{
	struct company c = company_open(sc, kit);
	struct part_warmup w;

	OK(db_write(sc, write_weather, NULL));
	run_followers(sc);
	/* Nobody chose a plan: there are no lanes to slow. */
	CHECK(!kit_warmup_part(sc, c.appliance, &w));
	OK(plan_choose(sc, PLAN_TENANT, 0, 1));
	NEED(kit_warmup_part(sc, c.appliance, &w));
	NEED(w.order_count == 1);
	CHECK_INT(w.orders[0].kind, WIRE_LANE_PROVIDER);
	CHECK_TEXT(w.orders[0].provider, "google");
	CHECK_TEXT(w.orders[0].by, "weather");
	CHECK(w.orders[0].rate > 0);
	kit->real_ms += 2 * HOUR_MS;
	OK(plan_choose(sc, PLAN_TENANT, 0, 2));
	NEED(kit_warmup_part(sc, c.appliance, &w));
	CHECK_INT(w.order_count, 0);
}
