/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a lane cannot bear is not handed out: it goes by another lane, or waits and says why. */
#include "warmup/room.h"

#include "send/dispatch_priv.h"
#include "send_kit.h"
#include "sender/mailbox.h"
#include "warmup/lane.h"
#include "warmup/plan.h"
#include "warmup_kit.h"

#define OTHER 7001 /* a second machine, with the mailbox behind it */

SQL(room_test_part, SQL_TENANT,
	"INSERT INTO part (tenant, appliance, name, version, hash, body, changed_at) "
	"VALUES ($1, $2, 'warmup', 1, '', '{}', 0)");
SQL(room_test_provider, SQL_TENANT,
	"UPDATE contact SET provider = $3 WHERE tenant = $1 AND id = $2");
SQL(room_test_appliance, SQL_TENANT,
	"INSERT INTO appliance (tenant, id, name, state, created) VALUES ($1, $2, 'b', 'active', 0)");
SQL(room_test_uplink, SQL_ENGINE,
	"INSERT INTO uplink (appliance, tenant, epoch, credit, seen_at) VALUES ($1, $2, 7, 900, $3)");
SQL(room_test_move, SQL_TENANT, "UPDATE mailbox SET appliance = $3 WHERE tenant = $1 AND id = $2");
SQL(room_test_leased, SQL_TENANT,
	"SELECT COUNT(*) FROM message WHERE tenant = $1 AND state = 'leased' AND provider = $2 "
	"AND appliance = $3");
SQL(room_test_seen, SQL_ENGINE, "UPDATE uplink SET seen_at = $1");

static int mails;

/* N due mails to people of PROVIDER; the id of the last. */
static int64_t mails_to(struct scope *sc, const struct send_world *w, const char *provider, int n)
{
	int64_t id = 0;

	for (int i = 0; i < n; i++) {
		const char *key = arena_printf(sc->mem, "p%d", ++mails);
		int64_t c = kit_contact(sc, w, arena_printf(sc->mem, "%s@x.example", key));

		kit_run(sc, &room_test_provider, BIND(V(c), V(provider)));
		id = kit_mail(sc, w, c, key);
	}
	return id;
}

/* What APPLIANCE says of a lane today; M has the rest. */
static void tell(struct scope *sc, int64_t appliance, struct wire_lane_day m)
{
	m.at = now_plan(sc).ms;
	m.day = clock_day(m.at);
	m.state = m.state ? m.state : "free";
	m.plan = "standard";
	kit_lane_day(sc, appliance, &m);
}

static void dispatch_all(struct scope *sc)
{
	struct dispatch_config c = { 0 };
	bool served = true;
	int leased;

	kit_run(sc, &room_test_seen, BIND(V(now_real(sc).ms)));
	for (int i = 0; served && i < 50; i++) {
		struct scope turn;

		scope_open(&turn, sc->world, "test");
		scope_system(&turn);
		turn.actor = sc->actor;
		OK(dispatch_turn(&turn, &c, "test", &served, &leased));
		scope_close(&turn);
	}
}

static int64_t leased(struct scope *sc, const char *provider, int64_t appliance)
{
	int64_t n = -1;

	OK(db_int(sc, &room_test_leased, BIND(V(provider), V(appliance)), &n));
	return n;
}

TEST(no_more_is_handed_out_than_a_lane_bears_today)
{
	struct send_world w CLEANUP(kit_send_done);
	const struct wire_lane_day google = { .kind = WIRE_LANE_PROVIDER,
		.provider = "google",
		.step = 2,
		.cap = 10,
		.mails = 4,
		.retries = 1 };
	struct message_why why;
	struct message m;
	int64_t last;

	kit->real_ms = 20000 * DAY_MS + 9 * HOUR_MS;
	kit_send(sc, kit, 900, &w);
	kit_run(sc, &room_test_part, BIND(V(w.appliance)));
	tell(sc, w.appliance, google);
	last = mails_to(sc, &w, "google", 20);
	mails_to(sc, &w, "yahoo", 7);
	dispatch_all(sc);
	CHECK_INT(leased(sc, "google", w.appliance), 5);
	CHECK_INT(leased(sc, "yahoo", w.appliance), 7);
	/* What is on its way counts, and what waits says for what. */
	kit->real_ms += 20 * MINUTE_MS;
	dispatch_all(sc);
	CHECK_INT(leased(sc, "google", w.appliance), 5);
	OK(message_explain(sc, last, &why));
	CHECK_TEXT(why.rule, "warmup");
	CHECK_INT(why.lifts, 20001 * DAY_MS);
	/* It is never put off for long: somebody may free the lane. */
	OK(message_find(sc, last, &m));
	CHECK_TEXT(m.state, "due");
	CHECK(m.due > now_plan(sc).ms && m.due <= now_plan(sc).ms + 15 * MINUTE_MS);
	/* Tomorrow there is room again, of which what waits at the appliance takes its part. */
	kit->real_ms = 20001 * DAY_MS + MINUTE_MS;
	dispatch_all(sc);
	CHECK_INT(leased(sc, "google", w.appliance), 10);
}

TEST(what_one_lane_cannot_bear_goes_by_another)
{
	struct send_world w CLEANUP(kit_send_done);
	struct wire_lane_day google = { .kind = WIRE_LANE_PROVIDER,
		.provider = "google",
		.step = 1,
		.cap = 4,
		.state = "stop",
		.by = "gate" };

	kit->real_ms = 20000 * DAY_MS + 9 * HOUR_MS;
	kit_send(sc, kit, 900, &w);
	kit_run(sc, &room_test_appliance, BIND(V((int64_t)OTHER)));
	kit_run(sc, &room_test_uplink, BIND(V((int64_t)OTHER), V(sc->tenant), V(now_real(sc).ms)));
	kit_run(sc, &room_test_move, BIND(V(w.second), V((int64_t)OTHER)));
	kit_run(sc, &room_test_part, BIND(V(w.appliance)));
	kit_run(sc, &room_test_part, BIND(V((int64_t)OTHER)));
	google.until = now_plan(sc).ms + DAY_MS;
	tell(sc, w.appliance, google);
	google.cap = 30;
	google.state = "free";
	tell(sc, OTHER, google);
	mails_to(sc, &w, "google", 12);
	mails_to(sc, &w, "yahoo", 12);
	dispatch_all(sc);
	CHECK_INT(leased(sc, "google", w.appliance), 0);
	CHECK_INT(leased(sc, "google", OTHER), 12);
	CHECK_INT(leased(sc, "yahoo", w.appliance) + leased(sc, "yahoo", OTHER), 12);
	CHECK(leased(sc, "yahoo", w.appliance) > 0);
}

TEST(a_lane_nobody_told_of_begins_at_day_one_and_one_held_by_hand_takes_nothing)
{
	struct send_world w CLEANUP(kit_send_done);
	const struct lane_name yahoo = { "provider", 0, "yahoo" };
	struct lane_name held = yahoo;
	struct message_why why;
	int64_t last;

	kit->real_ms = 20000 * DAY_MS + 9 * HOUR_MS;
	kit_send(sc, kit, 900, &w);
	OK(plan_choose(sc, PLAN_APPLIANCE, w.appliance, 1));
	OK(plan_choose(sc, PLAN_MAILBOX, w.mailbox, PLAN_NONE));
	held.unit_id = w.appliance;
	OK(lane_hold(sc, &held, 0));
	mails_to(sc, &w, "google", 90);
	last = mails_to(sc, &w, "yahoo", 3);
	dispatch_all(sc);
	/* Twenty on its first day; the mailbox that is warm takes what the new one (10) does not.
	 */
	CHECK_INT(leased(sc, "google", w.appliance), 20);
	CHECK_INT(leased(sc, "yahoo", w.appliance), 0);
	OK(message_explain(sc, last, &why));
	CHECK_TEXT(why.rule, "hand");
	CHECK_INT(why.lifts, 0);
	OK(lane_let_go(sc, &held));
	kit->real_ms += 16 * MINUTE_MS;
	dispatch_all(sc);
	CHECK_INT(leased(sc, "yahoo", w.appliance), 3);
}

TEST(a_mailbox_takes_what_its_lane_bears_and_an_old_word_holds_nothing_for_ever)
{
	struct send_world w CLEANUP(kit_send_done);
	struct wire_lane_day box = { .kind = WIRE_LANE_MAILBOX,
		.step = 1,
		.cap = 3,
		.mails = 1,
		.state = "stop",
		.by = "x" };

	kit->real_ms = 20000 * DAY_MS + 9 * HOUR_MS;
	kit_send(sc, kit, 900, &w);
	kit_run(sc, &room_test_part, BIND(V(w.appliance)));
	/* Held until somebody's hand, it says, and no hand holds it: that was before. */
	box.mailbox = w.mailbox;
	tell(sc, w.appliance, box);
	box.mailbox = w.second;
	box.mails = 3;
	tell(sc, w.appliance, box);
	mails_to(sc, &w, "google", 9);
	dispatch_all(sc);
	CHECK_INT(leased(sc, "google", w.appliance), 2);
}
