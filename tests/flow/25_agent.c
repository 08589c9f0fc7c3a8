/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The agent against the real Postfix, under the worst that can happen to it. */
#include "flow.h"

#include "base/rand.h"

#define FINISH_MS 90000
#define PEOPLE    120
#define KILLS     10

TEST(an_agent_killed_again_and_again_sends_nothing_twice_and_loses_nothing)
{
	struct company *c = flow_company(sc);
	const char *campaign = flow_launch(sc, c, flow_people(sc, c, "storm", "inbox.test", PEOPLE),
		flow_mailbox(sc, c, 0), 2);
	int64_t twice, unknown;
	int kills = 0;

	NEED(WAIT_FOR(flow_accepted(sc, c->lab, "storm", NULL) > 0, FINISH_MS));
	while (kills < KILLS && !flow_is(sc, c, campaign, "finished")) {
		sleep_ms((int)(50 + rand_below(350)));
		lab_kill_part(c->lab, &c->lab->agent);
		kills++;
		OK(agent_start(sc, c->lab));
	}
	NEED(WAIT_FOR(flow_is(sc, c, campaign, "finished"), FINISH_MS));
	flow_check_exact(sc, c, campaign);
	unknown = flow_count(sc, c, campaign, "unknown");
	CHECK(unknown <= kills);
	CHECK_INT(flow_count(sc, c, campaign, "delivered"),
		flow_accepted(sc, c->lab, "storm", &twice));
	CHECK_INT(twice, 0);
	CHECK_INT(flow_count(sc, c, campaign, "delivered") + unknown +
			  flow_count(sc, c, campaign, "stopped"),
		PEOPLE * 2);
}

TEST(an_agent_without_its_hub_sends_on_what_it_holds_and_tells_it_later)
{
	struct company *c = flow_company(sc);
	const char *campaign = flow_launch(sc, c, flow_people(sc, c, "alone", "inbox.test", 40),
		flow_mailbox(sc, c, 30 * MINUTE_MS), 1);
	int64_t before, after;

	NEED(WAIT_FOR(flow_count(sc, c, campaign, "handed") > 5, FINISH_MS));
	lab_kill_part(c->lab, &c->lab->hub);
	before = flow_accepted(sc, c->lab, "alone", NULL);
	sleep_ms(2000);
	after = flow_accepted(sc, c->lab, "alone", NULL);
	CHECK(after > before);
	OK(hub_start(sc, c->lab));
	NEED(WAIT_FOR(flow_is(sc, c, campaign, "finished"), FINISH_MS));
	flow_check_exact(sc, c, campaign);
	CHECK_INT(flow_count(sc, c, campaign, "delivered"), 40);
}
