/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "lanes_kit.h"

#include "base/id.h"
#include "base/out.h"
#include "explain.h"
#include "lanes.h"
#include "outbox.h"
#include "outcome.h"
#include "pace/provider.h"
#include "pacing.h"
#include "schema.h"
#include "store/migrate.h"

#define FIRST INT64_C(1000)

static struct pace_verdict verdict(struct agent_kit *ak, int64_t id)
{
	struct scope *sc = &ak->scope;
	struct spool_item item;
	struct pace_case c;

	OK(spool_find(sc, id, &item));
	OK(lanes_turn(sc, ak->agent.lanes, now_plan(sc)));
	pacing_case(sc, ak->agent.pacing, &item, &c);
	return pace_check(&c, now_plan(sc));
}

/* The facts of one kind, oldest first. */
static size_t facts_of(struct agent_kit *ak, enum fact kind, const char **bodies, size_t most)
{
	struct scope *sc = &ak->scope;
	struct wire_events batch;
	size_t n = 0;

	outbox_restart(ak->agent.outbox);
	OK(outbox_batch(sc, ak->agent.outbox, &batch));
	outbox_restart(ak->agent.outbox);
	for (size_t i = 0; i < batch.count && n < most; i++)
		if (batch.facts[i].kind == (int64_t)kind)
			bodies[n++] = batch.facts[i].body;
	return n;
}

static struct wire_lane_said last_decision(struct agent_kit *ak)
{
	struct scope *sc = &ak->scope;
	struct wire_lane_said m = { 0 };
	const char *bodies[100];
	size_t n = facts_of(ak, FACT_LANE, bodies, COUNT(bodies));

	if (n)
		OK(wire_get_lane_said(sc, bytes_of(bodies[n - 1], strlen(bodies[n - 1])), &m));
	return m;
}

/* ---- tests ---- */

TEST(without_the_part_there_are_no_lanes)
{
	struct agent_kit ak;

	agent_kit_open(sc, kit, &ak);
	lanes_kit_box(&ak);
	lanes_kit_take(&ak, FIRST, 30, "google");
	CHECK_INT(lanes_kit_send(&ak), 30);
	for (int i = 0; i < 6; i++)
		lanes_kit_say(&ak, FIRST + i, LOGLINE_BOUNCED, 550, "5.1.1",
			"said: 550 5.1.1 no such user");
	lanes_kit_take(&ak, 2 * FIRST, 1, "google");
	CHECK_INT(lanes_kit_send(&ak), 1);
	CHECK_INT(last_decision(&ak).at, 0);
	agent_kit_close(&ak);
}

TEST(each_mail_is_held_to_its_mailbox_its_provider_and_the_address)
{
	struct agent_kit ak;
	struct part_lane box = {
		.kind = WIRE_LANE_MAILBOX, .mailbox = KIT_MAILBOX, .most = 6, .by = "tenant"
	};
	struct part_warmup part = lanes_warm;
	struct pace_verdict v;

	part.queued_most = 1000;
	lanes_kit_open(sc, kit, &ak, part);
	lanes_kit_take(&ak, FIRST, 40, "google");
	/* Ten mails are a new mailbox's first day. */
	CHECK_INT(lanes_kit_send(&ak), 10);
	v = verdict(&ak, FIRST + 39);
	CHECK_INT(v.limit, PACE_WARMUP);
	CHECK_INT(v.lane, LANE_MAILBOX);
	CHECK_INT(v.value, 10);
	/* Somebody without a plan for mailboxes: the address towards google takes 20. */
	part.mailbox_plan = NULL;
	lanes_kit_set(sc, &ak, part);
	CHECK_INT(lanes_kit_send(&ak), 10);
	CHECK_INT(verdict(&ak, FIRST + 39).lane, LANE_PROVIDER);
	lanes_kit_take(&ak, 2 * FIRST, 5, "yahoo");
	CHECK_INT(lanes_kit_send(&ak), 5);
	/* Within a limit of the tenant's own. */
	part.lanes = &box;
	part.lane_count = 1;
	lanes_kit_set(sc, &ak, part);
	lanes_kit_take(&ak, 3 * FIRST, 1, "gmx");
	CHECK_INT(lanes_kit_send(&ak), 0);
	CHECK_INT(verdict(&ak, 3 * FIRST).value, 6);
	agent_kit_close(&ak);
}

TEST(lanes_survive_a_restart_and_a_write_that_failed)
{
	struct agent_kit ak;
	struct pacing_pick pick;

	lanes_kit_open(sc, kit, &ak, lanes_warm);
	lanes_kit_take(&ak, FIRST, 30, "google");
	CHECK_INT(lanes_kit_send(&ak), 10);
	lanes_kit_restart(sc, &ak, lanes_warm);
	CHECK_INT(lanes_kit_send(&ak), 0);
	CHECK_INT(verdict(&ak, FIRST + 29).limit, PACE_WARMUP);
	/* A choice that was never written down has used nothing. */
	kit->real_ms += 2 * DAY_MS;
	lanes_kit_take(&ak, 2 * FIRST, 30, "yahoo");
	OK(pacing_pick(&ak.scope, ak.agent.pacing, 4, &pick));
	CHECK_INT(pick.go_count, 4);
	lanes_take_back(&ak.scope, ak.agent.lanes);
	CHECK_INT(lanes_kit_send(&ak), 10);
	agent_kit_close(&ak);
}

TEST(a_list_and_complaints_that_the_hub_tells_of_stop_what_they_concern)
{
	struct agent_kit ak;
	struct part_warmup part = { .queued_most = 1000 };
	struct part_lane listed = { .kind = WIRE_LANE_IP, .listed = true };
	struct part_complaints complaints = { .kind = WIRE_LANE_PROVIDER, .provider = "google" };
	struct wire_lane_said said;

	lanes_kit_open(sc, kit, &ak, part);
	lanes_kit_take(&ak, FIRST, 200, "google");
	for (int sent = 0, i; sent < 200; kit->real_ms += MINUTE_MS)
		for (i = lanes_kit_send(&ak); i > 0; i--)
			lanes_kit_say(&ak, FIRST + sent++, LOGLINE_SENT, 250, "2.0.0", "said: 250");
	complaints.day = clock_day(now_plan(&ak.scope).ms);
	complaints.count = 9;
	part.complaints = &complaints;
	part.complaint_count = 1;
	lanes_kit_set(sc, &ak, part);
	lanes_kit_take(&ak, 2 * FIRST, 1, "google");
	CHECK_INT(verdict(&ak, 2 * FIRST).limit, PACE_STOP);
	CHECK_INT(verdict(&ak, 2 * FIRST).lane, LANE_PROVIDER);
	lanes_kit_take(&ak, 3 * FIRST, 1, "yahoo");
	CHECK_INT(lanes_kit_send(&ak), 1);
	said = last_decision(&ak);
	CHECK_TEXT(said.decision, "stop");
	CHECK_TEXT(said.reason, "complaints");
	CHECK_INT(said.complained, 9);
	/* The same once more is nothing new; a list stops the whole address. */
	part.lanes = &listed;
	part.lane_count = 1;
	lanes_kit_set(sc, &ak, part);
	lanes_kit_take(&ak, 4 * FIRST, 1, "yahoo");
	CHECK_INT(verdict(&ak, 4 * FIRST).lane, LANE_IP);
	CHECK_INT(lanes_kit_send(&ak), 0);
	said = last_decision(&ak);
	CHECK_INT(said.kind, WIRE_LANE_IP);
	CHECK(said.listed);
	agent_kit_close(&ak);
}

TEST(one_provider_that_waits_holds_up_no_other)
{
	struct agent_kit ak;
	struct part_warmup part = { .queued_most = 2 };

	lanes_kit_open(sc, kit, &ak, part);
	lanes_kit_take(&ak, FIRST, 100, "google");
	lanes_kit_take(&ak, 2 * FIRST, 3, "yahoo");
	CHECK_INT(lanes_kit_send(&ak), 4);
	CHECK_INT(verdict(&ak, FIRST + 99).limit, PACE_QUEUE);
	/* As soon as one is out, the next may go. */
	lanes_kit_say(&ak, FIRST, LOGLINE_SENT, 250, "2.0.0", "250 2.0.0 ok");
	CHECK_INT(lanes_kit_send(&ak), 1);
	agent_kit_close(&ak);
}

TEST(bounces_in_a_row_stop_the_lane_and_the_decision_goes_up_with_its_numbers)
{
	struct agent_kit ak;
	struct wire_lane_said m;
	struct wire_lane_day day = { 0 };
	const char *bodies[100];
	struct spool_item item;
	size_t n;

	lanes_kit_open(sc, kit, &ak, lanes_warm);
	lanes_kit_take(&ak, FIRST, 10, "google");
	CHECK_INT(lanes_kit_send(&ak), 10);
	for (int i = 0; i < 3; i++)
		lanes_kit_say(&ak, FIRST + i, LOGLINE_BOUNCED, 550, "5.1.1",
			"said: 550 5.1.1 no such user");
	m = last_decision(&ak);
	CHECK_TEXT(m.decision, "stop");
	CHECK_TEXT(m.reason, "first");
	CHECK_INT(m.kind, WIRE_LANE_MAILBOX);
	CHECK_INT(m.mailbox, KIT_MAILBOX);
	CHECK_INT(m.first_hard, 3);
	CHECK_INT(m.attempted, 10);
	CHECK_TEXT(m.plan, "standard");
	CHECK_INT(m.version, 3);
	OK(spool_find(&ak.scope, FIRST + 5, &item));
	CHECK_INT(lanes_stopped(ak.agent.lanes, &item), m.until);
	CHECK(lanes_any_stopped(ak.agent.lanes));
	/* The day goes up beside it. */
	n = facts_of(&ak, FACT_LANE_DAY, bodies, COUNT(bodies));
	NEED(n > 0);
	OK(wire_get_lane_day(sc, bytes_of(bodies[n - 1], strlen(bodies[n - 1])), &day));
	CHECK_INT(day.mails, 10);
	CHECK_INT(day.hard, 3);
	CHECK_TEXT(day.state, "stop");
	CHECK_TEXT(day.by, "gate");
	CHECK_INT(day.until, m.until);
	/* Also for whoever comes after us. */
	lanes_kit_restart(sc, &ak, lanes_warm);
	CHECK_INT(lanes_stopped(ak.agent.lanes, &item), m.until);
	kit->real_ms = m.until;
	OK(lanes_turn(&ak.scope, ak.agent.lanes, now_plan(&ak.scope)));
	CHECK_INT(lanes_stopped(ak.agent.lanes, &item), 0);
	agent_kit_close(&ak);
}

TEST(replies_slow_the_provider_and_each_attempt_of_postfix_counts)
{
	struct agent_kit ak;
	struct pace_verdict v;
	const struct part_warmup part = { .plan = "standard" };
	const char *text =
		"said: 421 4.7.28 Gmail has detected an unusual rate of unsolicited mail";

	lanes_kit_open(sc, kit, &ak, part);
	lanes_kit_take(&ak, FIRST, 10, "google");
	CHECK_INT(lanes_kit_send(&ak), 10);
	lanes_kit_say(&ak, FIRST, LOGLINE_DEFERRED, 421, "4.7.28", text);
	CHECK_TEXT(last_decision(&ak).decision, "slower");
	lanes_kit_say(&ak, FIRST, LOGLINE_DEFERRED, 421, "4.7.28", text);
	CHECK_TEXT(last_decision(&ak).decision, "shape");
	CHECK_TEXT(last_decision(&ak).rule, "google-rate");
	CHECK_TEXT(last_decision(&ak).provider, "google");
	CHECK_INT(last_decision(&ak).attempted, 11);
	lanes_kit_take(&ak, 2 * FIRST, 1, "google");
	lanes_kit_take(&ak, 3 * FIRST, 1, "yahoo");
	CHECK_INT(lanes_kit_send(&ak), 1);
	v = verdict(&ak, 2 * FIRST);
	CHECK_INT(v.limit, PACE_SHAPE);
	CHECK_INT(v.lane, LANE_PROVIDER);
	CHECK_TEXT(v.by, "own rate");
	/* Half of what it sent in the hour. */
	CHECK_INT(v.value, 5);
	kit->real_ms = v.lifts;
	CHECK_INT(lanes_kit_send(&ak), 1);
	agent_kit_close(&ak);
}

TEST(the_hub_stops_slows_and_lets_go)
{
	struct agent_kit ak;
	struct part_order orders[2] = {
		{ .kind = WIRE_LANE_PROVIDER, .provider = "google", .by = "operator" },
		{ .kind = WIRE_LANE_PROVIDER, .provider = "yahoo", .rate = 60, .by = "weather" },
	};
	struct part_warmup part = lanes_warm, slow = lanes_warm;
	struct pace_verdict v;

	part.orders = slow.orders = orders;
	part.order_count = 2;
	lanes_kit_open(sc, kit, &ak, part);
	lanes_kit_take(&ak, FIRST, 2, "google");
	lanes_kit_take(&ak, 2 * FIRST, 2, "yahoo");
	CHECK_INT(lanes_kit_send(&ak), 1);
	v = verdict(&ak, FIRST);
	CHECK_INT(v.limit, PACE_STOP);
	CHECK_TEXT(v.by, "operator");
	CHECK_INT(v.lifts, PACE_NEVER);
	v = verdict(&ak, 2 * FIRST + 1);
	CHECK_INT(v.limit, PACE_SHAPE);
	CHECK_TEXT(v.by, "weather");
	CHECK_INT(v.value, 60);
	kit->real_ms += MINUTE_MS;
	CHECK_INT(lanes_kit_send(&ak), 1);
	lanes_kit_set(sc, &ak, lanes_warm);
	CHECK_INT(lanes_kit_send(&ak), 2);
	agent_kit_close(&ak);
}

static enum err store(struct scope *sc, void *arg)
{
	return lanes_store(sc, agent_of(sc)->lanes);
}

/* A connection to google may have carried all it may. */
static bool is_full(struct agent_kit *ak, int64_t id)
{
	struct scope *sc = &ak->scope;
	struct spool_item item;
	struct pace_verdict v;
	struct pace_case c;

	OK(spool_find(sc, id, &item));
	OK(lanes_turn(sc, ak->agent.lanes, now_plan(sc)));
	pacing_case(sc, ak->agent.pacing, &item, &c);
	CHECK_INT(c.row_most, 3);
	return pace_holds(&c, now_plan(sc), PACE_ROW, &v);
}

TEST(no_connection_carries_more_mails_than_the_provider_asked_for)
{
	const struct logline sent = {
		.kind = LOGLINE_SENT, .status = "2.0.0", .code = 250, .text = "said: 250"
	};
	struct part_warmup part = { .rules = "few google 1/60 messages=3 60 \"one connection\"" };
	struct spool_item items[3];
	struct agent_kit ak;

	lanes_kit_open(sc, kit, &ak, part);
	lanes_kit_take(&ak, FIRST, 4, "google");
	for (int i = 0; i < 3; i++)
		OK(spool_find(&ak.scope, FIRST + 1 + i, &items[i]));
	NEED(lanes_kit_send(&ak) == 4);
	lanes_kit_take(&ak, 2 * FIRST, 1, "google");
	lanes_kit_say(&ak, FIRST, LOGLINE_DEFERRED, 450, "4.2.0", "said: 450 one connection");
	CHECK(is_full(&ak, 2 * FIRST));
	/* As long as one of them was not tried, a connection may be on its way. */
	for (int i = 0; i < 3; i++) {
		kit->real_ms += 6 * SECOND_MS;
		CHECK(is_full(&ak, 2 * FIRST));
		lanes_logged(&ak.scope, ak.agent.lanes, &items[i], &sent);
	}
	kit->real_ms += 4 * SECOND_MS;
	CHECK(is_full(&ak, 2 * FIRST));
	kit->real_ms += SECOND_MS;
	CHECK(!is_full(&ak, 2 * FIRST));
	for (int i = 0; i < 3; i++) {
		CHECK(!is_full(&ak, 2 * FIRST));
		lanes_release(ak.agent.lanes, &items[i]);
	}
	CHECK(is_full(&ak, 2 * FIRST));
	/* Who restarts does not know what went before. */
	agent_kit_write(&ak, store, NULL);
	lanes_kit_restart(sc, &ak, part);
	CHECK(is_full(&ak, 2 * FIRST));
	kit->real_ms += 5 * SECOND_MS;
	CHECK(!is_full(&ak, 2 * FIRST));
	agent_kit_close(&ak);
}

TEST(a_hand_acts_once_also_over_a_restart)
{
	struct agent_kit ak;
	struct part_hand hands[2] = {
		{ 4, WIRE_LANE_PROVIDER, 0, "google", HAND_STEP, 3 },
		{ 5, WIRE_LANE_PROVIDER, 0, "google", HAND_BACK, 0 },
	};
	struct part_warmup part = lanes_warm;

	part.hands = hands;
	part.hand_count = 1;
	lanes_kit_open(sc, kit, &ak, part);
	CHECK(lanes_changed(ak.agent.lanes));
	agent_kit_write(&ak, store, NULL);
	lanes_keep(ak.agent.lanes);
	CHECK_TEXT(last_decision(&ak).decision, "hand");
	CHECK_INT(last_decision(&ak).cap_next, 31);
	lanes_kit_restart(sc, &ak, part);
	CHECK(!lanes_changed(ak.agent.lanes));
	part.hand_count = 2;
	lanes_kit_set(sc, &ak, part);
	agent_kit_write(&ak, store, NULL);
	lanes_keep(ak.agent.lanes);
	CHECK_INT(last_decision(&ak).step, 3);
	CHECK_INT(last_decision(&ak).step_next, 1);
	agent_kit_close(&ak);
}

TEST(a_part_that_cannot_be_changes_nothing)
{
	static const char *const bad[] = {
		"{\"plans\":[{\"name\":\"x\",\"version\":1,\"text\":\"plan y \\\"Y\\\"\"}]}",
		"{\"plan\":\"x\",\"plans\":[]}",
		"{\"plans\":[],\"rules\":\"busy * 1/1 rate=60 60 \\\"(\\\"\"}",
	};
	struct agent_kit ak;

	lanes_kit_open(sc, kit, &ak, lanes_warm);
	for (size_t i = 0; i < COUNT(bad); i++) {
		CHECK_INT(lanes_set(&ak.scope, ak.agent.lanes, bytes_of(bad[i], strlen(bad[i]))),
			ERR_INPUT);
		CHECK(ak.scope.why && ak.scope.why[0]);
		scope_clear(&ak.scope);
	}
	lanes_kit_take(&ak, FIRST, 20, "google");
	CHECK_INT(lanes_kit_send(&ak), 10);
	agent_kit_close(&ak);
}

TEST(explain_names_lane_plan_value_and_who_set_it)
{
	struct agent_kit ak;
	struct out o;

	lanes_kit_open(sc, kit, &ak, lanes_warm);
	lanes_kit_take(&ak, FIRST, 11, "google");
	CHECK_INT(lanes_kit_send(&ak), 10);
	out_init(&o, sc->mem);
	kit_ok(__FILE__, __LINE__, "explain", &ak.scope,
		explain_message(&ak.scope, id_format(sc->mem, ID_MESSAGE, FIRST + 10), false, &o));
	CHECK(strstr(o.data, "held by warmup (set by plan)") != NULL);
	CHECK(strstr(o.data, "mailbox, 10 of 10 on day 1 of its plan") != NULL);
	CHECK(strstr(o.data, "lane provider google: plan standard, version 3, day 1, cap 20") !=
		NULL);
	out_init(&o, sc->mem);
	lanes_metrics(sc, ak.agent.lanes, &o);
	CHECK(strstr(o.data, "penguin_agent_lane_tried{kind=\"provider\",of=\"google\"} 10\n") !=
		NULL);
	agent_kit_close(&ak);
}

/* ---- what was there before ---- */

SQL(put_old_item, SQL_ENGINE,
	"INSERT INTO item (id, state, mailbox, follow_up, due, not_after, recipient, sender) "
	"VALUES (7, 0, 77, 1, 5, 6, 'bob@example.net', 'b+x@example.com')");
SQL(put_old_fact, SQL_ENGINE,
	"INSERT INTO fact (seq, at, kind, message, code) VALUES (1, 2, 3, 7, 250)");
SQL(count_facts, SQL_ENGINE, "SELECT count(*) FROM fact WHERE body IS NULL");

static enum err put_old(struct scope *sc, void *arg)
{
	enum err e = db_run(sc, &put_old_item, BIND_NONE, NULL);

	return e ? e : db_run(sc, &put_old_fact, BIND_NONE, NULL);
}

TEST(mails_of_a_database_without_lanes_belong_to_nobody_in_particular)
{
	const char *url = arena_printf(sc->mem, "sqlite:%s/agent.db", kit_folder(sc));
	struct agent_kit ak = { .agent.world = kit->world };
	struct scope *own = &ak.scope;
	struct spool_item item = { 0 };
	int applied;
	int64_t n = 0;

	scope_open(own, &ak.agent.world, "test");
	kit_ok(__FILE__, __LINE__, "store_open", own,
		store_open(own, &(struct store_config){ .url = url, .readers = 1, .owner = true },
			&ak.agent.world.store));
	kit_ok(__FILE__, __LINE__, "before", own, migrate_run(own, agent_schema, 2, &applied));
	kit_ok(__FILE__, __LINE__, "put", own, db_write(own, put_old, NULL));
	kit_ok(__FILE__, __LINE__, "rest", own,
		migrate_run(own, agent_schema, agent_schema_count, &applied));
	kit_ok(__FILE__, __LINE__, "find", own, spool_find(own, 7, &item));
	CHECK_TEXT(item.provider, PROVIDER_NOBODY);
	CHECK(item.follow_up && !item.held);
	CHECK_INT(item.tried, 0);
	kit_ok(__FILE__, __LINE__, "look", own, db_int(own, &count_facts, BIND_NONE, &n));
	CHECK_INT(n, 1);
	store_close(ak.agent.world.store);
	scope_close(own);
}
