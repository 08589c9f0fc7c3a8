/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The world that a company's own mail met. */
#include "warmup/world.h"

#include "company_kit.h"
#include "pace/ramp.h"
#include "warmup/rehearsal.h"
#include "warmup_kit.h"

static void met(struct scope *sc, int64_t appliance, const char *provider, int64_t days_ago,
	struct wire_lane_day d)
{
	d.kind = WIRE_LANE_PROVIDER;
	d.provider = provider;
	d.at = now_plan(sc).ms;
	d.day = clock_day(d.at) - days_ago;
	d.state = "free";
	kit_lane_day(sc, appliance, &d);
}

TEST(a_company_rehearses_before_what_its_own_mail_met)
{
	const struct rehearsal_wish wish = { 3, 300, 5, 5, 1, NULL, NULL };
	struct rehearsal_wish own = wish;
	struct company c = company_open(sc, kit);
	const struct ramp_plan *plan;
	struct rehearsal_play play;
	const char *text;

	met(sc, c.appliance, "google", 40, (struct wire_lane_day){ .mails = 9000, .ended = 9000 });
	met(sc, c.appliance, "google", 3, (struct wire_lane_day){ .mails = 150, .ended = 150 });
	OK(world_own(sc, &text));
	CHECK_TEXT(text, NULL);
	met(sc, c.appliance, "yahoo", 2,
		(struct wire_lane_day){ .mails = 600,
			.ended = 600,
			.accepted = 500,
			.deferred = 150,
			.hard = 60,
			.complained = 1 });
	met(sc, c.appliance, "gmx", 1, (struct wire_lane_day){ .mails = 3, .ended = 3 });
	OK(world_own(sc, &text));
	CHECK_TEXT(text, "provider yahoo 81\n\thard 1000\n\tcomplaints 20 1000000\n"
			 "\tgreylist 25 10\nprovider google 19\n");
	own.world = text;
	OK(ramp_builtin(sc, "standard", &plan));
	OK(rehearsal_play(sc, plan, &own, 5000, &play));
	CHECK_INT((int64_t)play.provider_count, 2);
	CHECK_INT((int64_t)play.day_count, 3);
	CHECK(play.days[0].sent > 0);
}
