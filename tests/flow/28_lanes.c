/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Lanes from the choice of a plan in the hub, through a machine with the real Postfix, back to what
   the hub tells of them: what a stop holds, it holds in Postfix's queue too. */
#include "flow.h"

#include "base/out.h"

#define FINISH_MS 60000
#define WAITING   8    /* mails that a provider puts off again and again */
#define QUIET_MS  2500 /* Postfix tries each of them once in 1 to 2 s */
#define NARROW    8    /* mails a day of the second plan */

/* Answers of the hub's API; NULL where it refused. */
static const struct json *ask(struct scope *sc, struct company *c, const char *path)
{
	const struct json *answer = NULL;

	if (client_do(sc, &c->api, "GET", path, NULL, &answer))
		scope_clear(sc);
	return answer;
}

/* A plan of the company's own; its id. */
static const char *make_plan(struct scope *sc, struct company *c, const char *text)
{
	const struct json *plan = NULL;
	struct out o;

	out_init(&o, sc->mem);
	json_open(&o);
	json_add_text(&o, "body", text);
	json_close(&o);
	OK(client_do(sc, &c->api, "POST", "/api/v1/warmup/plans", o.data, &plan));
	NEED(json_text(plan, "id") != NULL);
	return json_text(plan, "id");
}

/* UNIT ("appliance" or "mailbox") goes by PLAN from now on, and the agent keeps it. */
static void choose_plan(
	struct scope *sc, struct company *c, const char *unit, const char *id, const char *plan)
{
	OK(client_do(sc, &c->api, "PUT", "/api/v1/warmup/choice",
		arena_printf(sc->mem, "{\"%s\":\"%s\",\"plan\":\"%s\"}", unit, id, plan), NULL));
	CHECK(WAIT_FOR(lab_number(sc, c->lab,
			       "SELECT version - applied FROM part WHERE name = 'warmup'") == 0,
		20000));
}

/* The address towards google, as the hub tells of it. */
static const struct json *lane_of(struct scope *sc, struct company *c)
{
	return ask(sc, c,
		arena_printf(
			sc->mem, "/api/v1/warmup/lane?appliance=%s&provider=google", c->appliance));
}

static bool lane_is(struct scope *sc, struct company *c, const char *state)
{
	const struct json *lane = lane_of(sc, c);

	return lane && str_eq(json_text(lane, "state"), state);
}

/* The hub knows that the lane is stopped, who decided it, of what numbers, and that this is what
   binds. */
static void check_stop(struct scope *sc, struct company *c)
{
	const struct json *day, *limits;
	bool decided = false, binds = false;

	NEED(WAIT_FOR(lane_is(sc, c, "stop"), FINISH_MS));
	CHECK_TEXT(json_text(lane_of(sc, c), "by"), "gate");
	day = json_get(lane_of(sc, c), "days");
	JSON_EACH(d, day)
	if (str_eq(json_text(d, "decision"), "stop")) {
		decided = true;
		CHECK(json_int(json_get(d, "inputs"), "first_hard", 0) >= 3);
		CHECK(json_int(d, "hard", 0) >= 3);
	}
	CHECK(decided);
	limits = json_get(
		ask(sc, c,
			arena_printf(sc->mem, "/api/v1/warmup/limits?appliance=%s&provider=google",
				c->appliance)),
		"list");
	JSON_EACH(l, limits)
	binds = binds || (str_eq(json_text(l, "limit"), "stop") && json_bool(l, "binds", false));
	CHECK(binds);
}

/* How often WHAT stands in a log. */
static int64_t said(struct scope *sc, const char *file, const char *what)
{
	struct bytes log;
	int64_t n = 0;

	if (lab_read(sc, file, &log))
		return -1;
	for (const char *at = log.data; (at = strstr(at, what)); at++)
		n++;
	return n;
}

/* Nobody after us has lanes. */
static void forget_plan(struct scope *sc, struct company *c, const char *unit, const char *id)
{
	const char *const argv[] = { "sqlite3", "-cmd", ".timeout 5000",
		lab_path(c->lab, "agent/agent.db"),
		"DELETE FROM part WHERE name = 'warmup'; DELETE FROM lane", NULL };
	struct proc_spec spec = { "sqlite3", argv, NULL, NULL, 0, 0 };
	const char *log = lab_path(c->lab, "log/agent.log");
	int64_t before = said(sc, log, "connected to");

	choose_plan(sc, c, unit, id, "inherit");
	lab_stop_part(c->lab, &c->lab->agent);
	OK(lab_sql(sc, c->lab, "DELETE FROM part WHERE name = 'warmup'", NULL));
	OK(proc_run(sc, &spec, 10000, NULL));
	OK(agent_start(sc, c->lab));
	NEED(WAIT_FOR(said(sc, log, "connected to") > before, 20000));
	OK(company_wait_online(sc, c));
}

/* Stops last as long as the test, unless somebody's hand ends them; nothing else is in the way. */
static const char patient[] = "plan patient \"Patient\"\n"
			      "mailbox 1000 1-:1000..1000\n"
			      "consumer 1000 1-:1000..1000\n"
			      "hosted 1000 1-:1000..1000\n"
			      "other 1000 1-:1000..1000\n"
			      "gate stop_ms 2592000000\n";
static const char narrow[] = "plan narrow \"Narrow\"\n"
			     "mailbox 8 1-:8..8\n"
			     "consumer 1000 1-:1000..1000\n"
			     "hosted 1000 1-:1000..1000\n"
			     "other 1000 1-:1000..1000\n";

/* People of one provider. */
static const char *people_of(
	struct scope *sc, struct company *c, const char *name, int n, const char *provider)
{
	const char *import = flow_people(sc, c, name, "inbox.test", n);

	OK(lab_sql(sc, c->lab,
		arena_printf(sc->mem,
			"UPDATE contact SET provider = '%s', provider_due = NULL "
			"WHERE email LIKE '%s%%'",
			provider, name),
		NULL));
	return import;
}

/* When the sink last heard of a recipient that begins with NAME. */
static int64_t last_heard(struct scope *sc, struct lab *l, const char *name)
{
	struct got *rows;
	int64_t at = 0;
	size_t n;

	OK(got_list(sc, l, &rows, &n));
	for (size_t i = 0; i < n; i++)
		if (str_starts(rows[i].rcpt, name) && rows[i].at > at)
			at = rows[i].at;
	return at;
}

/* Nothing of these is tried any more, for longer than Postfix waits between two
 * attempts. */
static void check_quiet(struct scope *sc, struct lab *l, const char *name)
{
	int64_t before = last_heard(sc, l, name);

	sleep_ms(QUIET_MS);
	CHECK_INT(last_heard(sc, l, name), before);
}

TEST(a_stop_holds_the_lane_s_mails_in_postfix_too_until_a_hand_frees_it)
{
	struct company *c = flow_company(sc);
	const char *boxes[] = { flow_mailbox(sc, c, 0), flow_mailbox(sc, c, 0),
		flow_mailbox(sc, c, 0) };
	const char *waits, *bad, *other;
	int64_t held, twice;

	choose_plan(sc, c, "appliance", c->appliance, make_plan(sc, c, patient));
	OK(sink_rules(sc, c->lab,
		"lane-held* defer 1000 450 4.2.0 Mailbox busy\n"
		"lane-bad* 550 5.1.1 No such user\n"));
	waits = flow_launch(sc, c, people_of(sc, c, "lane-held", WAITING, "google"), boxes[0], 1);
	NEED(WAIT_FOR(flow_said(sc, c->lab, "deferred", "lane-held") > WAITING, FINISH_MS));
	held = said(sc, c->lab->mail_log, "placed on hold");
	bad = flow_launch(sc, c, people_of(sc, c, "lane-bad", 3, "google"), boxes[1], 1);
	/* Three hard bounces of the first five: the address sends nothing more to
	 * google. */
	NEED(WAIT_FOR(flow_said(sc, c->lab, "refused", "lane-bad") == 3, FINISH_MS));
	NEED(WAIT_FOR(said(sc, c->lab->mail_log, "placed on hold") >= held + WAITING, FINISH_MS));
	CHECK(last_heard(sc, c->lab, "lane-held") < last_heard(sc, c->lab, "lane-bad") + MINUTE_MS);
	check_quiet(sc, c->lab, "lane-held");
	check_stop(sc, c);
	/* Others go on. */
	other = flow_launch(sc, c, people_of(sc, c, "lane-free", 3, "yahoo"), boxes[2], 1);
	NEED(WAIT_FOR(flow_is(sc, c, other, "finished"), FINISH_MS));
	/* Killed, and without its hub, it still knows. */
	lab_kill_part(c->lab, &c->lab->hub);
	lab_kill_part(c->lab, &c->lab->agent);
	OK(sink_rules(sc, c->lab, ""));
	OK(agent_start(sc, c->lab));
	check_quiet(sc, c->lab, "lane-held");
	OK(hub_start(sc, c->lab));
	OK(client_do(sc, &c->api, "POST", "/api/v1/warmup/lane",
		arena_printf(sc->mem,
			"{\"appliance\":\"%s\",\"provider\":\"google\",\"what\":\"free\"}",
			c->appliance),
		NULL));
	NEED(WAIT_FOR(
		flow_is(sc, c, waits, "finished") && flow_is(sc, c, bad, "finished"), FINISH_MS));
	flow_check_exact(sc, c, waits);
	CHECK_INT(flow_accepted(sc, c->lab, "lane-held", &twice), WAITING);
	CHECK_INT(twice, 0);
	CHECK_INT(flow_count(sc, c, waits, "delivered"), WAITING);
	CHECK(WAIT_FOR(!lane_is(sc, c, "stop"), FINISH_MS));
	forget_plan(sc, c, "appliance", c->appliance);
}

/* The most that the sink took from a lane within half a day of the plan. Mails
   come to it a moment after they left, so that of a whole day nothing could be
   said. */
static int64_t most_at_once(struct scope *sc, struct lab *l, const char *name)
{
	struct got *rows;
	int64_t most = 0;
	size_t n;

	OK(got_list(sc, l, &rows, &n));
	for (size_t i = 0; i < n; i++) {
		int64_t count = 0;

		if (!str_starts(rows[i].rcpt, name))
			continue;
		for (size_t k = i; k < n && rows[k].at < rows[i].at + FLOW_DAY_MS / 2; k++)
			count += str_starts(rows[k].rcpt, name);
		most = count > most ? count : most;
	}
	return most;
}

/* What the hub was told of the mailbox's days: mails in all, or -1 for a day beyond the cap. */
static int64_t told(struct scope *sc, struct company *c, const char *mailbox)
{
	const struct json *lane =
		ask(sc, c, arena_printf(sc->mem, "/api/v1/warmup/lane?mailbox=%s", mailbox));
	const struct json *days = json_get(lane, "days");
	int64_t sum = 0;

	JSON_EACH(d, days)
	{
		sum += json_int(d, "mails", 0);
		if (json_int(d, "cap", 0) != NARROW || json_int(d, "mails", 0) > NARROW)
			return -1;
	}
	return sum;
}

TEST(an_agent_killed_in_the_middle_of_a_day_keeps_to_its_lanes)
{
	struct company *c = flow_company(sc);
	const char *mailbox = flow_mailbox(sc, c, 0), *campaign;
	int64_t twice;

	choose_plan(sc, c, "mailbox", mailbox, make_plan(sc, c, narrow));
	campaign =
		flow_launch(sc, c, people_of(sc, c, "lane-day", 2 * NARROW, "google"), mailbox, 1);
	for (int i = 0; i < 3; i++) {
		NEED(WAIT_FOR(flow_accepted(sc, c->lab, "lane-day", NULL) > i, FINISH_MS));
		lab_kill_part(c->lab, &c->lab->agent);
		OK(agent_start(sc, c->lab));
	}
	NEED(WAIT_FOR(flow_is(sc, c, campaign, "finished"), FINISH_MS));
	flow_check_exact(sc, c, campaign);
	CHECK_INT(flow_accepted(sc, c->lab, "lane-day", &twice) +
			  flow_count(sc, c, campaign, "unknown"),
		2 * NARROW);
	CHECK_INT(twice, 0);
	CHECK(most_at_once(sc, c->lab, "lane-day") <= NARROW);
	CHECK(WAIT_FOR(told(sc, c, mailbox) >= 2 * NARROW, FINISH_MS));
	forget_plan(sc, c, "mailbox", mailbox);
}
