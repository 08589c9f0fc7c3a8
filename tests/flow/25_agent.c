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
	const char *mailbox = flow_mailbox(sc, c, 4 * HOUR_MS); /* 0.8 s */
	const char *campaign =
		flow_launch(sc, c, flow_people(sc, c, "alone", "inbox.test", 40), mailbox, 1);
	int64_t before;

	NEED(WAIT_FOR(flow_count(sc, c, campaign, "handed") > 5, FINISH_MS));
	lab_kill_part(c->lab, &c->lab->hub);
	before = flow_accepted(sc, c->lab, "alone", NULL);
	CHECK(WAIT_FOR(flow_accepted(sc, c->lab, "alone", NULL) > before, 10000));
	OK(hub_start(sc, c->lab));
	flow_hurry(sc, c, mailbox);
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

/* A campaign on its way; a copy of the agent's state is made, and some mails later it is stopped.
 */
static const char *leave_copy(struct scope *sc, struct company *c, const char *name)
{
	const char *mailbox = flow_mailbox(sc, c, 30 * MINUTE_MS);
	const char *campaign =
		flow_launch(sc, c, flow_people(sc, c, name, "inbox.test", 40), mailbox, 1);
	int64_t at;

	NEED(WAIT_FOR(flow_accepted(sc, c->lab, name, NULL) > 3, FINISH_MS));
	lab_kill_part(c->lab, &c->lab->agent);
	shell(sc, c->lab, "rm -rf agent.old; cp -a agent agent.old");
	OK(agent_start(sc, c->lab));
	at = flow_accepted(sc, c->lab, name, NULL);
	NEED(WAIT_FOR(flow_accepted(sc, c->lab, name, NULL) > at + 5, FINISH_MS));
	NEED(!flow_is(sc, c, campaign, "finished"));
	lab_kill_part(c->lab, &c->lab->agent);
	return campaign;
}

static void check_end(struct scope *sc, struct company *c, const char *name, const char *campaign)
{
	int64_t twice;

	NEED(WAIT_FOR(flow_is(sc, c, campaign, "finished"), FINISH_MS));
	flow_check_exact(sc, c, campaign);
	CHECK_INT(flow_count(sc, c, campaign, "delivered"), 40);
	CHECK_INT(flow_accepted(sc, c->lab, name, &twice), 40);
	CHECK_INT(twice, 0);
	CHECK(WAIT_FOR(health_is(sc, c, "ok"), 10000));
}

static int64_t epochs(struct scope *sc, struct lab *l)
{
	return lab_number(sc, l, "SELECT count(*) FROM event WHERE kind = 'appliance.epoch'");
}

TEST(an_agent_restored_from_a_copy_goes_on_exactly)
{
	struct company *c = flow_company(sc);
	int64_t before = epochs(sc, c->lab);
	const char *campaign = leave_copy(sc, c, "copied");

	shell(sc, c->lab, "rm -r agent; mv agent.old agent");
	OK(agent_start(sc, c->lab));
	check_end(sc, c, "copied", campaign);
	CHECK_INT(epochs(sc, c->lab), before + 1);
}

TEST(an_agent_that_lost_its_database_goes_on_without_sending_twice)
{
	struct company *c = flow_company(sc);
	const char *campaign = leave_copy(sc, c, "blank");
	int64_t unknown, twice;

	shell(sc, c->lab, "rm -r agent.old agent/agent.db*");
	OK(agent_start(sc, c->lab));
	NEED(WAIT_FOR(flow_is(sc, c, campaign, "finished"), FINISH_MS));
	flow_check_exact(sc, c, campaign);
	/* What it held cannot be known: the log has no place where it had read to. */
	unknown = flow_count(sc, c, campaign, "unknown");
	CHECK_INT(flow_count(sc, c, campaign, "delivered") + unknown, 40);
	CHECK(flow_accepted(sc, c->lab, "blank", &twice) >= 40 - unknown);
	CHECK_INT(twice, 0);
	CHECK(WAIT_FOR(health_is(sc, c, "ok"), 10000));
}

/* Copy and original take turns: whichever comes back is the stale one then. */
TEST(an_agent_and_its_copy_take_turns_and_nothing_goes_twice)
{
	struct company *c = flow_company(sc);
	int64_t before = epochs(sc, c->lab), at;
	const char *campaign = leave_copy(sc, c, "turns");

	shell(sc, c->lab, "mv agent agent.new; mv agent.old agent");
	at = flow_accepted(sc, c->lab, "turns", NULL);
	OK(agent_start(sc, c->lab));
	NEED(WAIT_FOR(flow_accepted(sc, c->lab, "turns", NULL) > at + 3, FINISH_MS));
	lab_kill_part(c->lab, &c->lab->agent);
	shell(sc, c->lab, "mv agent agent.old; mv agent.new agent");
	OK(agent_start(sc, c->lab));
	check_end(sc, c, "turns", campaign);
	CHECK_INT(epochs(sc, c->lab), before + 2);
	shell(sc, c->lab, "rm -r agent.old");
}
