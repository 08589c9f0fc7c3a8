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

static bool health_is(struct scope *sc, struct company *c, const char *state)
{
	const struct json *answer;
	const struct json *first = NULL;

	if (client_do(sc, &c->api, "GET", "/api/v1/appliances", NULL, &answer) == ERR_NONE &&
		json_get(answer, "list"))
		first = json_get(answer, "list")->first;
	return str_eq(json_text(first, "health"), state);
}

static void shell(struct scope *sc, struct lab *l, const char *command)
{
	const char *const argv[] = { "sh", "-ec",
		arena_printf(sc->mem, "cd '%s'\n%s", l->folder, command), NULL };
	struct proc_spec spec = { "sh", argv, NULL, NULL, 0, 0 };

	OK(proc_run(sc, &spec, 10000, NULL));
}

TEST(an_agent_set_back_to_an_older_copy_holds_still)
{
	struct company *c = flow_company(sc);
	const char *mailbox = flow_mailbox(sc, c, 30 * MINUTE_MS);
	const char *campaign =
		flow_launch(sc, c, flow_people(sc, c, "copied", "inbox.test", 40), mailbox, 1);
	int64_t twice, at;

	NEED(WAIT_FOR(flow_accepted(sc, c->lab, "copied", NULL) > 3, FINISH_MS));
	lab_kill_part(c->lab, &c->lab->agent);
	shell(sc, c->lab, "cp -a agent agent.old");
	OK(agent_start(sc, c->lab));
	at = flow_accepted(sc, c->lab, "copied", NULL);
	NEED(WAIT_FOR(flow_accepted(sc, c->lab, "copied", NULL) > at + 5, FINISH_MS));
	NEED(WAIT_FOR(flow_count(sc, c, campaign, "delivered") > at + 4, FINISH_MS));
	lab_kill_part(c->lab, &c->lab->agent);
	shell(sc, c->lab, "mv agent agent.new; mv agent.old agent");
	sleep_ms(500);
	at = flow_accepted(sc, c->lab, "copied", NULL);
	OK(agent_start(sc, c->lab));
	CHECK(WAIT_FOR(health_is(sc, c, "held"), 10000));
	sleep_ms(1500);
	CHECK_INT(flow_accepted(sc, c->lab, "copied", &twice), at);
	CHECK_INT(twice, 0);
	/* The right one goes on where it was. */
	lab_kill_part(c->lab, &c->lab->agent);
	shell(sc, c->lab, "rm -r agent; mv agent.new agent");
	OK(agent_start(sc, c->lab));
	NEED(WAIT_FOR(flow_is(sc, c, campaign, "finished"), FINISH_MS));
	flow_check_exact(sc, c, campaign);
	CHECK(WAIT_FOR(health_is(sc, c, "ok"), 10000));
	CHECK_INT(flow_accepted(sc, c->lab, "copied", &twice), 40);
	CHECK_INT(twice, 0);
}
