/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/gate.h"

#include <string.h>

#include "kit.h"

/* A good day: every test breaks one thing of it. */
static struct gate_inputs good(void)
{
	return (struct gate_inputs){ .cap = 100,
		.attempted = 95,
		.mails = 95,
		.ended = 95,
		.accepted = 95,
		.days = 7,
		.tried = 400,
		.first = 400 };
}

static enum decision_kind now(struct gate_inputs in, bool whole, const char **why)
{
	struct gates g = gates_standard();

	in.hard_low = gate_wilson(in.hard, in.tried);
	in.complaint_low = gate_wilson(in.complained, in.tried);
	return gate_now(&g, &in, whole, why);
}

static enum decision_kind day(struct gate_inputs in, const char **why)
{
	struct gates g = gates_standard();

	in.hard_low = gate_wilson(in.hard, in.tried);
	in.complaint_low = gate_wilson(in.complained, in.tried);
	return gate_day(&g, &in, why);
}

/* Against the formula in decimal arithmetic of forty digits. */
TEST(wilsons_lower_bound)
{
	CHECK_INT(gate_wilson(0, 100), 0);
	CHECK_INT(gate_wilson(5, 0), 0);
	CHECK_INT(gate_wilson(5, 100), 24547);
	CHECK_INT(gate_wilson(10, 100), 60718);
	CHECK_INT(gate_wilson(1, 8), 28399);
	CHECK_INT(gate_wilson(50, 1000), 39828);
	CHECK_INT(gate_wilson(100, 100), 973657);
	CHECK_INT(gate_wilson(101, 100), 973657);
}

TEST(a_day_that_was_full_and_good_advances)
{
	const char *why;

	CHECK_INT(day(good(), &why), DECIDE_ADVANCE);
	CHECK_TEXT(why, "good");
}

#define HOLDS(member, n, reason_)                                                                  \
	do {                                                                                       \
		struct gate_inputs in_ = good();                                                   \
		const char *why_;                                                                  \
                                                                                                   \
		in_.member = n;                                                                    \
		CHECK_INT(day(in_, &why_), DECIDE_HOLD);                                           \
		CHECK_TEXT(why_, reason_);                                                         \
	} while (0)

/* Two of 75 are more than 2 %, but a sender with half of that would often have them. */
TEST(chance_holds_nobody)
{
	struct gate_inputs in = good();
	const char *why;

	in.tried = 75;
	in.hard = 2;
	CHECK_INT(day(in, &why), DECIDE_ADVANCE);
	in.hard = 3;
	CHECK_INT(day(in, &why), DECIDE_HOLD);
	in.tried = 199;
	in.hard = 0;
	in.complained = 1;
	CHECK_INT(day(in, &why), DECIDE_ADVANCE);
}

TEST(a_day_that_lacks_one_thing_holds_and_says_which)
{
	HOLDS(cap, 106, "volume");
	HOLDS(accepted, 90, "accepted");
	HOLDS(ended, 71, "deferred");
	HOLDS(infra, 1, "infrastructure");
	HOLDS(hard, 8, "hard");
	HOLDS(complained, 1, "complaints");
	HOLDS(listed, true, "listed");
}

#define PUNISHED(whole, kind, reason_, ...)                                                        \
	do {                                                                                       \
		struct gate_inputs in_ = { __VA_ARGS__ };                                          \
		const char *why_;                                                                  \
                                                                                                   \
		CHECK_INT(now(in_, whole, &why_), kind);                                           \
		if (kind != DECIDE_NONE)                                                           \
			CHECK_TEXT(why_, reason_);                                                 \
	} while (0)

TEST(each_threshold_acts_where_it_stands_and_not_before)
{
	PUNISHED(false, DECIDE_NONE, "", .tried = 400, .hard = 17, .first = 9);
	PUNISHED(false, DECIDE_BACK, "hard", .tried = 400, .hard = 18, .first = 9);
	PUNISHED(false, DECIDE_BACK, "hard", .tried = 400, .hard = 27, .first = 9);
	PUNISHED(false, DECIDE_STOP, "hard", .tried = 400, .hard = 28, .first = 9);
	PUNISHED(true, DECIDE_NONE, "", .tried = 400, .hard = 49, .first = 9);
	PUNISHED(true, DECIDE_STOP, "hard", .tried = 400, .hard = 51, .first = 9);
	PUNISHED(false, DECIDE_NONE, "", .tried = 2000, .complained = 3, .first = 9);
	PUNISHED(false, DECIDE_BACK, "complaints", .tried = 2000, .complained = 5, .first = 9);
	PUNISHED(false, DECIDE_STOP, "complaints", .tried = 2000, .complained = 11, .first = 9);
	PUNISHED(true, DECIDE_NONE, "", .tried = 2000, .complained = 14, .first = 9);
	PUNISHED(true, DECIDE_STOP, "complaints", .tried = 2000, .complained = 17, .first = 9);
	PUNISHED(true, DECIDE_STOP, "listed", .listed = true);
	PUNISHED(false, DECIDE_BACK, "throttled", .throttled_ms = HOUR_MS, .first = 9);
	PUNISHED(false, DECIDE_NONE, "", .throttled_ms = HOUR_MS - 1, .first = 9);
}

TEST(a_small_sample_stops_nobody_but_tripwires_do)
{
	PUNISHED(false, DECIDE_NONE, "", .tried = 8, .hard = 1, .first = 8, .row = 1);
	PUNISHED(false, DECIDE_NONE, "", .tried = 49, .hard = 20, .first = 49, .row = 1);
	PUNISHED(false, DECIDE_NONE, "", .tried = 199, .complained = 20, .first = 199);
	PUNISHED(false, DECIDE_NONE, "", .tried = 9, .hard = 4, .first = 9, .row = 4);
	PUNISHED(false, DECIDE_STOP, "row", .tried = 9, .hard = 5, .first = 9, .row = 5);
	PUNISHED(false, DECIDE_STOP, "first", .tried = 3, .hard = 3, .first = 3, .first_hard = 3);
	PUNISHED(false, DECIDE_NONE, "", .tried = 6, .hard = 3, .first = 6, .first_hard = 3);
}

TEST(a_decision_shows_its_arithmetic)
{
	struct decision d = { .kind = DECIDE_BACK,
		.reason = "hard",
		.stage = 9,
		.stage_next = 7,
		.cap = 119,
		.cap_next = 76,
		.in = { .cap = 119,
			.attempted = 60,
			.ended = 58,
			.accepted = 50,
			.days = 7,
			.tried = 100,
			.hard = 10,
			.hard_low = gate_wilson(10, 100) } };
	struct out o;

	out_init(&o, sc->mem);
	decision_format(&o, &d);
	CHECK_TEXT(o.data,
		"back (hard): day 9 to 7, cap 119 to 76; today 60 of 119 tried, 58 ended, 50 "
		"accepted, 0 infrastructure; in 7 days 100 tried, 10 hard (at least 6.07 %), 0 "
		"complaints (at least 0.00 %)");
}
