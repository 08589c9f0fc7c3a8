/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/lane.h"

#include <string.h>

#include "kit.h"

#define THURSDAY    INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define AT(d, h, m) (THURSDAY + (d)*DAY_MS + (h)*HOUR_MS + (m)*MINUTE_MS)

/* Each day a little later, so that all of yesterday's mails are a day old. */
#define NOON(d) AT(d, 12, 6 * (d))

/* 20, 25, 31, 39 … as an IP towards a large provider. */
struct kit_lane {
	struct lane lane;
	struct lane_rules rules;
	struct gates gates;
	struct ramp ramp;
	struct lane_said said;
};

/* The one that lifts last of those that hold. */
static struct lane_verdict lane_check(const struct lane *l, int64_t now)
{
	struct lane_verdict binding = { .hold = LANE_FREE, .lifts = now, .by = "" };

	for (int h = LANE_FREE + 1; h < LANE_HOLDS; h++) {
		struct lane_verdict v;

		if (lane_holds(l, (enum lane_hold)h, now, &v) &&
			(binding.hold == LANE_FREE || v.lifts > binding.lifts))
			binding = v;
	}
	return binding;
}

static struct kit_lane *set_up(struct scope *sc, enum lane_kind kind)
{
	struct kit_lane *k = arena_alloc(sc->mem, sizeof *k);

	*k = (struct kit_lane){ .gates = gates_standard(),
		.ramp = { .phases = { { .from = 1, .start = 20, .growth = 1250 } },
			.count = 1,
			.most = 1000 } };
	k->rules = (struct lane_rules){ .kind = kind, .ramp = &k->ramp, .gates = &k->gates };
	lane_open(&k->lane, &k->rules, AT(0, 0, 0));
	return k;
}

static void turn(struct kit_lane *k, int64_t at)
{
	lane_turn(&k->lane, &k->rules, at, &k->said);
}

/* Sends while it may, N mails at most, each with this end; how many went. */
static int send(struct kit_lane *k, int64_t at, int n, enum lane_outcome end)
{
	int sent = 0;

	turn(k, at);
	for (; sent < n && lane_check(&k->lane, at).hold == LANE_FREE; sent++) {
		lane_release(&k->lane, at, false);
		lane_outcome(&k->lane, &k->rules, at, end, NULL, &k->said);
	}
	return sent;
}

static const struct decision *last(const struct kit_lane *k)
{
	static const struct decision none;

	return k->said.count ? &k->said.list[k->said.count - 1] : &none;
}

TEST(a_day_sends_its_cap_and_a_good_day_leads_to_the_next_step)
{
	struct kit_lane *k = set_up(sc, LANE_PROVIDER);

	CHECK_INT(send(k, AT(0, 9, 0), 100, LANE_ACCEPTED), 20);
	CHECK_INT(lane_check(&k->lane, AT(0, 9, 1)).hold, LANE_CAP);
	CHECK_INT(lane_check(&k->lane, AT(0, 9, 1)).lifts, AT(1, 0, 0));
	turn(k, AT(1, 0, 0));
	CHECK_INT(last(k)->kind, DECIDE_ADVANCE);
	CHECK_INT(last(k)->cap, 20);
	CHECK_INT(last(k)->cap_next, 25);
	CHECK_INT(last(k)->in.attempted, 20);
	/* 20 of the last 24 hours count until 9:05, so only the difference goes before. */
	CHECK_INT(send(k, AT(1, 0, 0), 100, LANE_ACCEPTED), 5);
	CHECK_INT(lane_check(&k->lane, AT(1, 0, 0)).hold, LANE_WINDOW);
	CHECK_INT(lane_check(&k->lane, AT(1, 0, 0)).lifts, AT(1, 9, 5));
	CHECK_INT(send(k, AT(1, 9, 4), 100, LANE_ACCEPTED), 0);
	CHECK_INT(send(k, AT(1, 9, 5), 100, LANE_ACCEPTED), 20);
}

TEST(a_hand_frees_sets_back_and_sets_a_step_and_says_so)
{
	struct kit_lane *k = set_up(sc, LANE_PROVIDER);

	lane_hand(&k->lane, &k->rules, AT(0, 8, 0), LANE_HAND_STEP, 4, &k->said);
	CHECK_INT(last(k)->kind, DECIDE_HAND);
	CHECK_TEXT(last(k)->reason, "step");
	CHECK_INT(last(k)->stage, 1);
	CHECK_INT(last(k)->stage_next, 4);
	CHECK_INT(k->lane.cap, 39);
	CHECK_INT(send(k, AT(0, 9, 0), 5, LANE_HARD), 3);
	CHECK(k->lane.stopped > 0);
	lane_hand(&k->lane, &k->rules, AT(0, 10, 0), LANE_HAND_FREE, 0, &k->said);
	CHECK_INT(lane_check(&k->lane, AT(0, 10, 0)).hold, LANE_FREE);
	/* What led to the stop is spent. */
	CHECK_INT(send(k, AT(0, 10, 0), 2, LANE_ACCEPTED), 2);
	lane_hand(&k->lane, &k->rules, AT(0, 11, 0), LANE_HAND_STEP, 9, &k->said);
	lane_hand(&k->lane, &k->rules, AT(0, 11, 0), LANE_HAND_BACK, 0, &k->said);
	CHECK_INT(k->lane.stage, 7);
	lane_hand(&k->lane, &k->rules, AT(0, 11, 0), LANE_HAND_RESTART, 0, &k->said);
	CHECK_INT(k->lane.stage, 1);
	CHECK_INT(k->lane.cap, 20);
}

TEST(complaints_of_a_day_count_once_however_often_they_are_told)
{
	struct kit_lane *k = set_up(sc, LANE_PROVIDER);
	int64_t day = clock_day(AT(0, 0, 0));

	k->ramp.most = 400;
	k->ramp.phases[0].start = 400;
	lane_rule(&k->lane, &k->rules);
	CHECK_INT(send(k, AT(0, 9, 0), 300, LANE_ACCEPTED), 300);
	lane_complaints(&k->lane, &k->rules, AT(0, 10, 0), day, 1, &k->said);
	lane_complaints(&k->lane, &k->rules, AT(0, 10, 1), day, 1, &k->said);
	CHECK_INT(lane_inputs(&k->lane, AT(0, 10, 1)).complained, 1);
	CHECK_INT(last(k)->kind, DECIDE_NONE);
	/* Of a day that nothing was sent on, nothing is known. */
	lane_complaints(&k->lane, &k->rules, AT(0, 10, 2), day - 1, 9, &k->said);
	CHECK_INT(lane_inputs(&k->lane, AT(0, 10, 2)).complained, 1);
	lane_complaints(&k->lane, &k->rules, AT(0, 10, 3), day, 5, &k->said);
	CHECK_INT(last(k)->kind, DECIDE_STOP);
	CHECK_TEXT(last(k)->reason, "complaints");
}

TEST(midnight_does_not_double_a_day)
{
	struct kit_lane *k = set_up(sc, LANE_PROVIDER);

	CHECK_INT(send(k, AT(0, 23, 59), 100, LANE_ACCEPTED), 20);
	CHECK_INT(send(k, AT(1, 0, 1), 100, LANE_ACCEPTED), 5);
}

TEST(each_attempt_of_postfix_counts)
{
	struct kit_lane *k = set_up(sc, LANE_PROVIDER);

	CHECK_INT(send(k, AT(0, 9, 0), 10, LANE_DEFERRED), 10);
	for (int i = 0; i < 10; i++)
		lane_retry(&k->lane, AT(0, 9, 1));
	CHECK_INT(send(k, AT(0, 9, 2), 10, LANE_ACCEPTED), 0);
	CHECK_INT(lane_inputs(&k->lane, AT(0, 9, 2)).attempted, 20);
	CHECK_INT(lane_sent_day(&k->lane, AT(0, 9, 2)), 20);
	turn(k, AT(1, 0, 0));
	CHECK_TEXT(last(k)->reason, "deferred");
}

TEST(a_short_day_holds_and_the_top_of_the_plan_is_warm)
{
	struct kit_lane *k = set_up(sc, LANE_PROVIDER);

	send(k, AT(0, 9, 0), 17, LANE_ACCEPTED);
	turn(k, AT(1, 0, 0));
	CHECK_INT(last(k)->kind, DECIDE_HOLD);
	CHECK_TEXT(last(k)->reason, "volume");
	CHECK_INT(k->lane.cap, 20);
	for (int d = 1; d < 40; d++) {
		k->said.count = 0;
		send(k, NOON(d), 2000, LANE_ACCEPTED);
	}
	turn(k, AT(40, 0, 0));
	CHECK_TEXT(last(k)->reason, "warm");
	CHECK_INT(k->lane.cap, 1000);
}

TEST(five_hard_bounces_in_a_row_stop_it_for_a_day_two_steps_back)
{
	struct kit_lane *k = set_up(sc, LANE_PROVIDER);

	for (int d = 0; d < 4; d++)
		send(k, NOON(d), 100, LANE_ACCEPTED);
	k->said.count = 0;
	CHECK_INT(send(k, AT(4, 12, 30), 100, LANE_HARD), 5);
	CHECK_INT(last(k)->kind, DECIDE_STOP);
	CHECK_TEXT(last(k)->reason, "row");
	CHECK_INT(last(k)->stage, 5);
	CHECK_INT(last(k)->stage_next, 3);
	CHECK_INT(last(k)->until, AT(5, 12, 30));
	CHECK_INT(lane_check(&k->lane, AT(4, 13, 0)).hold, LANE_STOPPED);
	CHECK_INT(lane_left(&k->lane, AT(4, 13, 0)), 0);
	turn(k, AT(5, 12, 30));
	CHECK_INT(last(k)->kind, DECIDE_RESUME);
	CHECK_INT(k->lane.cap, 31);
	/* Those five are settled: the next one alone stops nobody. The next stop lasts longer. */
	CHECK_INT(send(k, AT(5, 12, 40), 1, LANE_HARD), 1);
	CHECK_INT(k->lane.stopped, 0);
	CHECK_INT(send(k, AT(5, 12, 40), 100, LANE_HARD), 4);
	CHECK_INT(last(k)->until, AT(7, 12, 40));
}

TEST(idle_days_cost_a_step_each_third_and_thirty_begin_anew)
{
	struct kit_lane *k = set_up(sc, LANE_PROVIDER);

	for (int d = 0; d < 10; d++) {
		k->said.count = 0;
		send(k, NOON(d), 1000, LANE_ACCEPTED);
	}
	turn(k, AT(12, 12, 0));
	CHECK_INT(k->lane.stage, 11);
	k->said.count = 0;
	turn(k, AT(13, 0, 0));
	CHECK_INT(last(k)->kind, DECIDE_DECAY);
	CHECK_INT(last(k)->in.idle, 3);
	CHECK_INT(k->lane.stage, 10);
	turn(k, AT(16, 0, 0));
	CHECK_INT(k->lane.stage, 9);
	k->said.count = 0;
	turn(k, AT(40, 0, 0));
	CHECK_INT(last(k)->kind, DECIDE_RESTART);
	CHECK_INT(k->lane.stage, 1);
}

TEST(throttling_slows_by_half_and_quiet_lets_it_rise)
{
	struct kit_lane *k = set_up(sc, LANE_PROVIDER);

	k->rules.ramp = NULL;
	lane_rule(&k->lane, &k->rules);
	send(k, AT(0, 9, 0), 60, LANE_ACCEPTED);
	send(k, AT(0, 9, 10), 1, LANE_THROTTLED);
	CHECK_INT(last(k)->kind, DECIDE_SLOWER);
	CHECK_INT(last(k)->value, 30);
	CHECK_INT(lane_check(&k->lane, AT(0, 9, 11)).hold, LANE_SHAPED);
	CHECK_INT(lane_check(&k->lane, AT(0, 9, 11)).lifts, AT(0, 9, 12));
	CHECK_TEXT(lane_check(&k->lane, AT(0, 9, 11)).by, "own rate");
	/* The same wave does not count twice; the next does. */
	send(k, AT(0, 9, 12), 1, LANE_THROTTLED);
	CHECK_INT(k->lane.shape.rate, 30);
	send(k, AT(0, 9, 30), 1, LANE_THROTTLED);
	CHECK_INT(k->lane.shape.rate, 15);
	turn(k, AT(0, 10, 30));
	CHECK_INT(last(k)->kind, DECIDE_FASTER);
	CHECK_INT(k->lane.shape.rate, 21);
	turn(k, AT(2, 0, 0));
	CHECK_INT(k->lane.shape.rate, 0);
}

TEST(an_hour_of_throttling_is_a_step_back)
{
	struct kit_lane *k = set_up(sc, LANE_PROVIDER);

	for (int d = 0; d < 4; d++)
		send(k, NOON(d), 100, LANE_ACCEPTED);
	for (int m = 0; m < 60; m += 10)
		send(k, AT(4, 12, 30 + m), 1, LANE_THROTTLED);
	CHECK(last(k)->kind != DECIDE_BACK);
	turn(k, AT(4, 14, 0));
	send(k, AT(4, 14, 0), 1, LANE_THROTTLED);
	NEED(k->said.count >= 2);
	CHECK_INT(last(k)->kind, DECIDE_BACK);
	CHECK_TEXT(last(k)->reason, "throttled");
	CHECK_INT(last(k)->stage - last(k)->stage_next, 2);
	/* It goes on for hours: that is the same throttling. The next day's is another. */
	for (int h = 15; h < 24; h++)
		send(k, AT(4, h, 0), 1, LANE_THROTTLED);
	CHECK_INT(k->lane.stage, 3);
	for (int h = 15; h < 20; h++)
		send(k, AT(5, h, 0), 1, LANE_THROTTLED);
	CHECK_INT(k->lane.stage, 1);
}

TEST(a_whole_address_stops_for_a_listing_while_it_lasts)
{
	struct kit_lane *k = set_up(sc, LANE_IP);

	k->rules.ramp = NULL;
	lane_open(&k->lane, &k->rules, AT(0, 0, 0));
	send(k, AT(0, 9, 0), 5, LANE_ACCEPTED);
	CHECK_INT(k->said.count, 0);
	lane_list(&k->lane, &k->rules, AT(0, 9, 0), true, &k->said);
	CHECK_TEXT(last(k)->reason, "listed");
	CHECK_INT(last(k)->until, AT(3, 9, 0));
	turn(k, AT(3, 9, 0));
	CHECK_INT(last(k)->kind, DECIDE_STOP);
	lane_list(&k->lane, &k->rules, AT(4, 9, 0), false, &k->said);
	turn(k, k->lane.stopped);
	CHECK_INT(k->lane.stopped, 0);
}

TEST(a_clock_that_was_set_back_forgets_nothing)
{
	struct kit_lane *k = set_up(sc, LANE_PROVIDER);

	CHECK_INT(send(k, AT(2, 12, 0), 20, LANE_ACCEPTED), 20);
	CHECK_INT(send(k, AT(0, 12, 0), 20, LANE_ACCEPTED), 0);
	CHECK_INT(send(k, AT(2, 13, 0), 20, LANE_ACCEPTED), 0);
	CHECK_INT(send(k, AT(3, 12, 5), 100, LANE_ACCEPTED), 25);
}

/* What is a day old by the later time is not yet so by the earlier. */
TEST(a_clock_that_was_set_back_waits_until_it_has_caught_up)
{
	struct kit_lane *k = set_up(sc, LANE_PROVIDER);

	CHECK_INT(send(k, AT(0, 12, 0), 20, LANE_ACCEPTED), 20);
	turn(k, AT(1, 12, 10));
	CHECK_INT(send(k, AT(1, 11, 55), 25, LANE_ACCEPTED), 0);
	CHECK_INT(lane_check(&k->lane, AT(1, 11, 55)).lifts, AT(1, 12, 10));
	CHECK_INT(send(k, AT(1, 12, 10), 25, LANE_ACCEPTED), 25);
}

TEST(a_mail_that_did_not_leave_gives_its_place_back)
{
	struct kit_lane *k = set_up(sc, LANE_MAILBOX);

	send(k, AT(0, 9, 0), 20, LANE_ACCEPTED);
	lane_give_back(&k->lane, AT(0, 9, 1), false);
	CHECK_INT(send(k, AT(0, 9, 2), 20, LANE_ACCEPTED), 1);
}

TEST(a_tenants_own_limit_binds_below_the_plan)
{
	struct kit_lane *k = set_up(sc, LANE_MAILBOX);

	k->rules.most = 7;
	lane_rule(&k->lane, &k->rules);
	CHECK_INT(send(k, AT(0, 9, 0), 100, LANE_ACCEPTED), 7);
}
