/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "agent_kit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "base/out.h"
#include "explain.h"
#include "hold.h"
#include "lanes.h"
#include "outbox.h"
#include "outcome.h"
#include "pace/provider.h"
#include "pace/ramp.h"
#include "pacing.h"
#include "schema.h"
#include "store/migrate.h"
#include "wire/warmup.h"

#define FIRST INT64_C(1000)

/* ---- a machine with lanes ---- */

static void set_part(struct scope *sc, struct agent_kit *ak, struct part_warmup part)
{
	const struct ramp_plan *standard = NULL;
	struct part_plan plan = { "standard", 3, NULL };
	struct out o;

	OK(ramp_builtin(sc, "standard", &standard));
	out_init(&o, sc->mem);
	ramp_format(&o, standard);
	plan.text = o.data;
	part.plans = &plan;
	part.plan_count = 1;
	OK(lanes_set(&ak->scope, ak->agent.lanes, wire_put_warmup(sc, &part)));
}

static void set_box(struct agent_kit *ak)
{
	struct part_mailbox box = { .id = KIT_MAILBOX,
		.address = KIT_ADDRESS,
		.cap = 1000,
		.days = 127,
		.to_minute = 1440,
		.state = "active",
		.by = "tenant" };

	pacing_set_mailboxes(ak->agent.pacing, &(struct part_mailboxes){ &box, 1 });
}

static void begin(struct scope *sc, struct kit *kit, struct agent_kit *ak, struct part_warmup part)
{
	agent_kit_open(sc, kit, ak);
	set_box(ak);
	set_part(sc, ak, part);
}

/* A restart reads the part back as parts.c does. */
static void restart(struct scope *sc, struct agent_kit *ak, struct part_warmup part)
{
	agent_kit_restart(ak);
	set_box(ak);
	set_part(sc, ak, part);
}

static void take(struct agent_kit *ak, int64_t id, int n, const char *provider)
{
	for (int i = 0; i < n; i++) {
		struct wire_item put = agent_kit_put(ak, id + i);

		put.provider = provider;
		put.follow_up = true;
		CHECK_INT(agent_kit_take(ak, &put), TAKEN_STORED);
	}
}

static enum err go(struct scope *sc, void *arg)
{
	const struct pacing_pick *pick = arg;
	const struct agent *a = agent_of(sc);
	enum err e = pacing_store(sc, a->pacing, pick);

	for (size_t i = 0; i < pick->go_count && !e; i++) {
		bool moved;

		e = spool_intend(sc, pick->go[i].id, &moved);
		if (!e)
			e = outcome_found(sc, pick->go[i].id,
				arena_printf(sc->mem, "Q%lld", (long long)pick->go[i].id));
	}
	return e ? e : lanes_store(sc, a->lanes);
}

/* Everything that may leave now is in Postfix; how many these are. */
static int send(struct agent_kit *ak)
{
	struct scope *sc = &ak->scope;
	struct pacing_pick pick;

	OK(pacing_pick(sc, ak->agent.pacing, 200, &pick));
	agent_kit_write(ak, go, &pick);
	pacing_keep(ak->agent.pacing, &pick);
	lanes_keep(ak->agent.lanes);
	return (int)pick.go_count;
}

static enum err logged(struct scope *sc, void *arg)
{
	enum err e = outcome_logged(sc, arg);

	return e ? e : lanes_store(sc, agent_of(sc)->lanes);
}

static void say(struct agent_kit *ak, int64_t id, enum logline_kind kind, int code,
	const char *status, const char *text)
{
	struct logline line = { .kind = kind,
		.queue_id = arena_printf(ak->scope.mem, "Q%lld", (long long)id),
		.status = status,
		.code = code,
		.text = text };

	agent_kit_write(ak, logged, &line);
	lanes_keep(ak->agent.lanes);
}

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

static const struct part_warmup warm = { .plan = "standard", .mailbox_plan = "standard" };

/* ---- tests ---- */

TEST(without_the_part_there_are_no_lanes)
{
	struct agent_kit ak;

	agent_kit_open(sc, kit, &ak);
	set_box(&ak);
	take(&ak, FIRST, 30, "google");
	CHECK_INT(send(&ak), 30);
	for (int i = 0; i < 6; i++)
		say(&ak, FIRST + i, LOGLINE_BOUNCED, 550, "5.1.1", "said: 550 5.1.1 no such user");
	take(&ak, 2 * FIRST, 1, "google");
	CHECK_INT(send(&ak), 1);
	CHECK_INT(last_decision(&ak).at, 0);
	agent_kit_close(&ak);
}

TEST(each_mail_is_held_to_its_mailbox_its_provider_and_the_address)
{
	struct agent_kit ak;
	struct part_lane box = {
		.kind = WIRE_LANE_MAILBOX, .mailbox = KIT_MAILBOX, .most = 6, .by = "tenant"
	};
	struct part_warmup part = warm;
	struct pace_verdict v;

	part.queued_most = 1000;
	begin(sc, kit, &ak, part);
	take(&ak, FIRST, 40, "google");
	/* Ten mails are a new mailbox's first day. */
	CHECK_INT(send(&ak), 10);
	v = verdict(&ak, FIRST + 39);
	CHECK_INT(v.limit, PACE_WARMUP);
	CHECK_INT(v.lane, LANE_MAILBOX);
	CHECK_INT(v.value, 10);
	/* Somebody without a plan for mailboxes: the address towards google takes 20. */
	part.mailbox_plan = NULL;
	set_part(sc, &ak, part);
	CHECK_INT(send(&ak), 10);
	CHECK_INT(verdict(&ak, FIRST + 39).lane, LANE_PROVIDER);
	take(&ak, 2 * FIRST, 5, "yahoo");
	CHECK_INT(send(&ak), 5);
	/* Within a limit of the tenant's own. */
	part.lanes = &box;
	part.lane_count = 1;
	set_part(sc, &ak, part);
	take(&ak, 3 * FIRST, 1, "gmx");
	CHECK_INT(send(&ak), 0);
	CHECK_INT(verdict(&ak, 3 * FIRST).value, 6);
	agent_kit_close(&ak);
}

TEST(lanes_survive_a_restart_and_a_write_that_failed)
{
	struct agent_kit ak;
	struct pacing_pick pick;

	begin(sc, kit, &ak, warm);
	take(&ak, FIRST, 30, "google");
	CHECK_INT(send(&ak), 10);
	restart(sc, &ak, warm);
	CHECK_INT(send(&ak), 0);
	CHECK_INT(verdict(&ak, FIRST + 29).limit, PACE_WARMUP);
	/* A choice that was never written down has used nothing. */
	kit->real_ms += 2 * DAY_MS;
	take(&ak, 2 * FIRST, 30, "yahoo");
	OK(pacing_pick(&ak.scope, ak.agent.pacing, 4, &pick));
	CHECK_INT(pick.go_count, 4);
	lanes_take_back(&ak.scope, ak.agent.lanes);
	CHECK_INT(send(&ak), 10);
	agent_kit_close(&ak);
}

TEST(one_provider_that_waits_holds_up_no_other)
{
	struct agent_kit ak;
	struct part_warmup part = { .queued_most = 2 };

	begin(sc, kit, &ak, part);
	take(&ak, FIRST, 100, "google");
	take(&ak, 2 * FIRST, 3, "yahoo");
	CHECK_INT(send(&ak), 4);
	CHECK_INT(verdict(&ak, FIRST + 99).limit, PACE_QUEUE);
	/* As soon as one is out, the next may go. */
	say(&ak, FIRST, LOGLINE_SENT, 250, "2.0.0", "250 2.0.0 ok");
	CHECK_INT(send(&ak), 1);
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

	begin(sc, kit, &ak, warm);
	take(&ak, FIRST, 10, "google");
	CHECK_INT(send(&ak), 10);
	for (int i = 0; i < 3; i++)
		say(&ak, FIRST + i, LOGLINE_BOUNCED, 550, "5.1.1", "said: 550 5.1.1 no such user");
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
	restart(sc, &ak, warm);
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

	begin(sc, kit, &ak, part);
	take(&ak, FIRST, 10, "google");
	CHECK_INT(send(&ak), 10);
	say(&ak, FIRST, LOGLINE_DEFERRED, 421, "4.7.28", text);
	CHECK_TEXT(last_decision(&ak).decision, "slower");
	say(&ak, FIRST, LOGLINE_DEFERRED, 421, "4.7.28", text);
	CHECK_TEXT(last_decision(&ak).decision, "shape");
	CHECK_TEXT(last_decision(&ak).rule, "google-rate");
	CHECK_TEXT(last_decision(&ak).provider, "google");
	CHECK_INT(last_decision(&ak).attempted, 11);
	take(&ak, 2 * FIRST, 1, "google");
	take(&ak, 3 * FIRST, 1, "yahoo");
	CHECK_INT(send(&ak), 1);
	v = verdict(&ak, 2 * FIRST);
	CHECK_INT(v.limit, PACE_SHAPE);
	CHECK_INT(v.lane, LANE_PROVIDER);
	CHECK_TEXT(v.by, "own rate");
	/* Half of what it sent in the hour. */
	CHECK_INT(v.value, 5);
	kit->real_ms = v.lifts;
	CHECK_INT(send(&ak), 1);
	agent_kit_close(&ak);
}

TEST(the_hub_stops_slows_and_lets_go)
{
	struct agent_kit ak;
	struct part_order orders[2] = {
		{ .kind = WIRE_LANE_PROVIDER, .provider = "google", .by = "operator" },
		{ .kind = WIRE_LANE_PROVIDER, .provider = "yahoo", .rate = 60, .by = "weather" },
	};
	struct part_warmup part = warm, slow = warm;
	struct pace_verdict v;

	part.orders = slow.orders = orders;
	part.order_count = 2;
	begin(sc, kit, &ak, part);
	take(&ak, FIRST, 2, "google");
	take(&ak, 2 * FIRST, 2, "yahoo");
	CHECK_INT(send(&ak), 1);
	v = verdict(&ak, FIRST);
	CHECK_INT(v.limit, PACE_STOP);
	CHECK_TEXT(v.by, "operator");
	CHECK_INT(v.lifts, PACE_NEVER);
	v = verdict(&ak, 2 * FIRST + 1);
	CHECK_INT(v.limit, PACE_SHAPE);
	CHECK_TEXT(v.by, "weather");
	CHECK_INT(v.value, 60);
	kit->real_ms += MINUTE_MS;
	CHECK_INT(send(&ak), 1);
	set_part(sc, &ak, warm);
	CHECK_INT(send(&ak), 2);
	agent_kit_close(&ak);
}

static enum err store(struct scope *sc, void *arg)
{
	return lanes_store(sc, agent_of(sc)->lanes);
}

TEST(a_hand_acts_once_also_over_a_restart)
{
	struct agent_kit ak;
	struct part_hand hands[2] = {
		{ 4, WIRE_LANE_PROVIDER, 0, "google", HAND_STEP, 3 },
		{ 5, WIRE_LANE_PROVIDER, 0, "google", HAND_BACK, 0 },
	};
	struct part_warmup part = warm;

	part.hands = hands;
	part.hand_count = 1;
	begin(sc, kit, &ak, part);
	CHECK(lanes_changed(ak.agent.lanes));
	agent_kit_write(&ak, store, NULL);
	lanes_keep(ak.agent.lanes);
	CHECK_TEXT(last_decision(&ak).decision, "hand");
	CHECK_INT(last_decision(&ak).cap_next, 31);
	restart(sc, &ak, part);
	CHECK(!lanes_changed(ak.agent.lanes));
	part.hand_count = 2;
	set_part(sc, &ak, part);
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

	begin(sc, kit, &ak, warm);
	for (size_t i = 0; i < COUNT(bad); i++) {
		CHECK_INT(lanes_set(&ak.scope, ak.agent.lanes, bytes_of(bad[i], strlen(bad[i]))),
			ERR_INPUT);
		CHECK(ak.scope.why && ak.scope.why[0]);
		scope_clear(&ak.scope);
	}
	take(&ak, FIRST, 20, "google");
	CHECK_INT(send(&ak), 10);
	agent_kit_close(&ak);
}

TEST(explain_names_lane_plan_value_and_who_set_it)
{
	struct agent_kit ak;
	struct out o;

	begin(sc, kit, &ak, warm);
	take(&ak, FIRST, 11, "google");
	CHECK_INT(send(&ak), 10);
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

/* ---- Postfix's queue ---- */

static enum err mark(struct scope *sc, void *arg)
{
	return hold_mark(sc, arg);
}

/* One look and what follows from it. */
static void look(struct agent_kit *ak)
{
	struct scope *sc = &ak->scope;
	struct hold_look *seen;

	OK(lanes_turn(sc, ak->agent.lanes, now_plan(sc)));
	OK(hold_look(sc, ak->agent.hold, &seen));
	if (!seen)
		return;
	agent_kit_write(ak, mark, seen);
	hold_run(sc, ak->agent.hold, seen);
}

static bool is_held(struct agent_kit *ak, int64_t id)
{
	struct spool_item item;

	return spool_find(&ak->scope, id, &item) == ERR_NONE && item.held;
}

static const char *said_to_postfix(struct scope *sc, const char *file)
{
	FILE *f = fopen(file, "r");
	char *text = arena_alloc(sc->mem, 1000);

	if (f) {
		text[fread(text, 1, 999, f)] = 0;
		fclose(f);
	}
	return text;
}

/* A program in postsuper's place that writes down into FILE what it is told. */
static void give_program(struct scope *sc, struct agent_kit *ak, const char *file)
{
	const char *script = arena_printf(sc->mem, "%s.sh", file);
	FILE *f = fopen(script, "w");

	NEED(f != NULL);
	fprintf(f, "#!/bin/sh\n{ echo \"$1 $2 $3\"; cat; } >>%s\n", file);
	NEED(fclose(f) == 0 && chmod(script, 0700) == 0);
	hold_free(ak->agent.hold);
	ak->agent.hold = hold_new(arena_printf(sc->mem, "%s first", script));
}

/* Looks until the program has run. */
static void look_until_quiet(struct agent_kit *ak)
{
	do {
		look(ak);
		usleep(2000);
	} while (hold_busy(ak->agent.hold));
}

TEST(a_stop_holds_mails_in_postfix_and_its_end_releases_them)
{
	struct agent_kit ak;
	const char *file = arena_printf(sc->mem, "%s/said", kit_folder(sc));
	struct part_order order = {
		.kind = WIRE_LANE_PROVIDER, .provider = "google", .by = "operator"
	};
	struct part_warmup part = warm;

	begin(sc, kit, &ak, warm);
	give_program(sc, &ak, file);
	take(&ak, FIRST, 2, "google");
	take(&ak, 2 * FIRST, 1, "yahoo");
	CHECK_INT(send(&ak), 3);
	look_until_quiet(&ak);
	CHECK_TEXT(said_to_postfix(sc, file), "");
	part.orders = &order;
	part.order_count = 1;
	set_part(sc, &ak, part);
	look_until_quiet(&ak);
	CHECK_TEXT(said_to_postfix(sc, file), "first -h -\nQ1000\nQ1001\n");
	CHECK(is_held(&ak, FIRST) && !is_held(&ak, 2 * FIRST));
	/* Killed in between: the mark tells whoever comes after. */
	restart(sc, &ak, warm);
	give_program(sc, &ak, file);
	look_until_quiet(&ak);
	CHECK_TEXT(
		said_to_postfix(sc, file), "first -h -\nQ1000\nQ1001\nfirst -H -\nQ1000\nQ1001\n");
	look_until_quiet(&ak);
	CHECK(!is_held(&ak, FIRST) && !is_held(&ak, FIRST + 1));
	agent_kit_close(&ak);
}

TEST(what_is_left_in_postfix_of_a_mail_that_ended_while_held_is_released)
{
	struct agent_kit ak;
	const char *file = arena_printf(sc->mem, "%s/said", kit_folder(sc));
	struct part_order order = { .kind = WIRE_LANE_IP, .by = "operator" };
	struct part_warmup part = warm;

	begin(sc, kit, &ak, warm);
	give_program(sc, &ak, file);
	take(&ak, FIRST, 2, "google");
	CHECK_INT(send(&ak), 2);
	part.orders = &order;
	part.order_count = 1;
	set_part(sc, &ak, part);
	look_until_quiet(&ak);
	/* Its delivery had begun before. */
	say(&ak, FIRST, LOGLINE_SENT, 250, "2.0.0", "250 2.0.0 ok");
	kit->real_ms += MINUTE_MS;
	usleep(550000);
	look_until_quiet(&ak);
	CHECK(strstr(said_to_postfix(sc, file), "first -H -\nQ1000\n") != NULL);
	CHECK(is_held(&ak, FIRST + 1));
	agent_kit_close(&ak);
}

TEST(a_program_that_cannot_run_is_named)
{
	struct agent_kit ak;
	struct part_order order = { .kind = WIRE_LANE_IP, .by = "operator" };
	struct part_warmup part = warm;

	begin(sc, kit, &ak, warm);
	hold_free(ak.agent.hold);
	ak.agent.hold = hold_new("/nowhere/postsuper");
	take(&ak, FIRST, 1, "google");
	CHECK_INT(send(&ak), 1);
	part.orders = &order;
	part.order_count = 1;
	set_part(sc, &ak, part);
	look_until_quiet(&ak);
	NEED(hold_why(ak.agent.hold) != NULL);
	CHECK(strstr(hold_why(ak.agent.hold), "/nowhere/postsuper") != NULL);
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
