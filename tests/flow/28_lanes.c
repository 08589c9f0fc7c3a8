/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Lanes on a machine with the real Postfix: what a stop holds, it holds in its
 * queue too. */
#include "flow.h"

#include "base/id.h"
#include "base/out.h"
#include "crypt/secret.h"
#include "pace/ramp.h"
#include "wire/warmup.h"

#define FINISH_MS 60000
#define WAITING   8    /* mails that a provider puts off again and again */
#define QUIET_MS  2500 /* Postfix tries each of them once in 1 to 2 s */

/* The part as the hub would have it, past the hub. */
static void give_part(struct scope *sc, struct company *c, const struct part_warmup *part)
{
	struct bytes body = wire_put_warmup(sc, part);
	unsigned char hash[HASH_BYTES];

	/* The hub writes the part itself when mailboxes come: before ours. */
	NEED(WAIT_FOR(
		lab_number(sc, c->lab,
			"SELECT count(*) FROM event WHERE kind = 'mailbox.added' AND pos > "
			"COALESCE((SELECT c.pos FROM cursor c WHERE c.follower = 'warmup' AND "
			"c.slot = event.slot), 0)") == 0,
		20000));
	sha256(body, hash);
	OK(lab_sql(sc, c->lab,
		arena_printf(sc->mem,
			"INSERT INTO part (tenant, appliance, name, version, hash, body, "
			"changed_at) "
			"SELECT tenant, id, 'warmup', 1, '%s', '%.*s', 0 FROM appliance "
			"WHERE name = 'flow-1' ON CONFLICT (tenant, appliance, name) DO "
			"UPDATE SET "
			"version = part.version + 1, hash = excluded.hash, body = "
			"excluded.body, sent_at = 0; "
			"UPDATE uplink SET parts_due = 1",
			str_hex(sc->mem, hash, sizeof hash), (int)body.len,
			(const char *)body.data),
		NULL));
	CHECK(WAIT_FOR(lab_number(sc, c->lab,
			       "SELECT version - applied FROM part WHERE name = 'warmup'") == 0,
		20000));
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
static void take_part(struct scope *sc, struct company *c)
{
	const char *const argv[] = { "sqlite3", "-cmd", ".timeout 5000",
		lab_path(c->lab, "agent/agent.db"),
		"DELETE FROM part WHERE name = 'warmup'; DELETE FROM lane", NULL };
	struct proc_spec spec = { "sqlite3", argv, NULL, NULL, 0, 0 };
	const char *log = lab_path(c->lab, "log/agent.log");
	int64_t before = said(sc, log, "connected to");

	lab_stop_part(c->lab, &c->lab->agent);
	OK(lab_sql(sc, c->lab, "DELETE FROM part WHERE name = 'warmup'", NULL));
	OK(proc_run(sc, &spec, 10000, NULL));
	OK(agent_start(sc, c->lab));
	NEED(WAIT_FOR(said(sc, log, "connected to") > before, 20000));
	OK(company_wait_online(sc, c));
}

/* A plan whose stops last as long as the test, unless somebody's hand ends
 * them. */
static struct part_plan patient_plan(struct scope *sc)
{
	const struct ramp_plan *standard = NULL;
	struct ramp_plan plan;
	struct out o;

	OK(ramp_builtin(sc, "aggressive", &standard));
	plan = *standard;
	plan.gates.stop_ms = 30 * DAY_MS;
	out_init(&o, sc->mem);
	ramp_format(&o, &plan);
	return (struct part_plan){ plan.name, 1, o.data };
}

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
	struct part_plan plan = patient_plan(sc);
	struct part_hand hand = {
		.n = 1, .kind = WIRE_LANE_PROVIDER, .provider = "google", .what = HAND_FREE
	};
	struct part_warmup part = {
		.plan = plan.name, .plans = &plan, .plan_count = 1, .queued_most = 100
	};
	const char *boxes[] = { flow_mailbox(sc, c, 0), flow_mailbox(sc, c, 0),
		flow_mailbox(sc, c, 0) };
	const char *waits, *bad, *other;
	int64_t held, twice;

	give_part(sc, c, &part);
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
	part.hands = &hand;
	part.hand_count = 1;
	give_part(sc, c, &part);
	NEED(WAIT_FOR(
		flow_is(sc, c, waits, "finished") && flow_is(sc, c, bad, "finished"), FINISH_MS));
	flow_check_exact(sc, c, waits);
	CHECK_INT(flow_accepted(sc, c->lab, "lane-held", &twice), WAITING);
	CHECK_INT(twice, 0);
	CHECK_INT(flow_count(sc, c, waits, "delivered"), WAITING);
	take_part(sc, c);
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

TEST(an_agent_killed_in_the_middle_of_a_day_keeps_to_its_lanes)
{
	struct company *c = flow_company(sc);
	struct part_plan plan = patient_plan(sc);
	const char *mailbox = flow_mailbox(sc, c, 0), *campaign;
	struct part_lane lane = { .kind = WIRE_LANE_MAILBOX, .most = 8, .by = "tenant" };
	struct part_warmup part = { .plans = &plan,
		.plan_count = 1,
		.mailbox_plan = plan.name,
		.lanes = &lane,
		.lane_count = 1 };
	int64_t twice;

	NEED(id_parse(mailbox, ID_MAILBOX, &lane.mailbox));
	give_part(sc, c, &part);
	campaign = flow_launch(sc, c, people_of(sc, c, "lane-day", 16, "google"), mailbox, 1);
	for (int i = 0; i < 3; i++) {
		NEED(WAIT_FOR(flow_accepted(sc, c->lab, "lane-day", NULL) > i, FINISH_MS));
		lab_kill_part(c->lab, &c->lab->agent);
		OK(agent_start(sc, c->lab));
	}
	NEED(WAIT_FOR(flow_is(sc, c, campaign, "finished"), FINISH_MS));
	flow_check_exact(sc, c, campaign);
	CHECK_INT(flow_accepted(sc, c->lab, "lane-day", &twice) +
			  flow_count(sc, c, campaign, "unknown"),
		16);
	CHECK_INT(twice, 0);
	CHECK(most_at_once(sc, c->lab, "lane-day") <= 8);
	take_part(sc, c);
}
