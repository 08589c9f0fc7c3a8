/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A hub restored from a copy and what its appliances tell it: nothing is sent twice, whichever of
   them had a mail. */
#include "fleet/catch_up.h"

#include "base/id.h"
#include "company_kit.h"
#include "fleet/uplink.h"
#include "send/dispatch_priv.h"
#include "send/handover.h"
#include "send/message.h"
#include "send_kit.h"

#define OTHER  INT64_C(9001)
#define BOX    INT64_C(9002)
#define NUMBER INT64_C(1767225600123)

SQL(catch_test_await, SQL_ENGINE,
	"INSERT INTO catch_up (appliance, tenant, since) VALUES ($1, $2, $3)");
SQL(catch_test_uplink, SQL_ENGINE,
	"INSERT INTO uplink (appliance, tenant, epoch, credit, seen_at) VALUES ($1, $2, 8, 9, $3)");
SQL(catch_test_appliance, SQL_TENANT,
	"INSERT INTO appliance (tenant, id, name, state, created) "
	"VALUES ($1, $2, 'other', 'active', 0)");
SQL(catch_test_claims, SQL_TENANT, "SELECT count(*) FROM claim WHERE tenant = $1");
SQL(catch_test_revoke, SQL_ENGINE, "UPDATE uplink SET revoked_at = 1 WHERE appliance = $1");

static void start(struct scope *sc, struct kit *kit, struct send_world *w)
{
	kit_send(sc, kit, 100, w);
	kit_run(sc, &catch_test_appliance, BIND(V(OTHER)));
	kit_run(sc, &catch_test_uplink, BIND(V(OTHER), V(sc->tenant), V(now_real(sc).ms)));
}

static void await(struct scope *sc, int64_t appliance)
{
	kit_run(sc, &catch_test_await, BIND(V(appliance), V(sc->tenant), V(NUMBER)));
}

static int64_t add_mail(struct scope *sc, const struct send_world *w, const char *key)
{
	return kit_mail(sc, w, kit_contact(sc, w, arena_printf(sc->mem, "%s@x.example", key)), key);
}

static int dispatch(struct scope *sc)
{
	struct dispatch_config c = { .batch = 0 };
	struct scope turn;
	int leased = 0, all = 0;
	bool served = true;

	for (int i = 0; served && i < 20; i++) {
		scope_open(&turn, sc->world, "test");
		scope_system(&turn);
		OK(dispatch_turn(&turn, &c, "test", &served, &leased));
		scope_close(&turn);
		all += leased;
	}
	return all;
}

struct said {
	int64_t appliance;
	struct wire_fact fact;
	bool fresh;
	int64_t number;
};

static enum err write_said(struct scope *sc, void *arg)
{
	const struct said *s = arg;

	return s->number ? catch_up_answered(sc, s->appliance, s->number)
			 : message_fact(sc, s->appliance, &s->fact, s->fresh);
}

static void answer(struct scope *sc, int64_t appliance, int64_t number)
{
	OK(db_write(sc, write_said, &(struct said){ .appliance = appliance, .number = number }));
}

static void fact(struct scope *sc, int64_t appliance, int64_t id, enum fact kind, bool fresh)
{
	struct said s = { .appliance = appliance,
		.fact = { .kind = kind, .message = id, .at = now_real(sc).ms, .code = 250 },
		.fresh = fresh };

	if (kind == FACT_HELD || kind == FACT_QUEUED)
		s.fact.text = id_format(sc->mem, ID_MAILBOX, BOX);
	OK(db_write(sc, write_said, &s));
}

static struct message mail(struct scope *sc, int64_t id)
{
	struct message m = { .state = "?" };

	OK(message_find(sc, id, &m));
	return m;
}

TEST(nothing_is_leased_or_published_until_each_appliance_has_answered)
{
	struct send_world w CLEANUP(kit_send_done);
	struct message_why why;
	struct wire_work work;
	int64_t id, out, waits;

	start(sc, kit, &w);
	out = add_mail(sc, &w, "out");
	CHECK_INT(dispatch(sc), 1);
	id = add_mail(sc, &w, "a");
	await(sc, w.appliance);
	await(sc, OTHER);
	kit->real_ms += 2 * SECOND_MS;
	CHECK_INT(dispatch(sc), 0);
	OK(handover_take(sc, w.appliance, &work));
	CHECK_INT(work.count, 0);
	OK(message_explain(sc, id, &why));
	CHECK_TEXT(why.rule, "restored");
	OK(message_explain(sc, out, &why));
	CHECK_TEXT(why.rule, "restored");
	/* An answer to an earlier question is none. */
	answer(sc, w.appliance, NUMBER - 1);
	OK(catch_up_waits(sc, &waits));
	CHECK_INT(waits, 2);
	answer(sc, w.appliance, NUMBER);
	OK(catch_up_waits(sc, &waits));
	CHECK_INT(waits, 1);
	kit->real_ms += 2 * SECOND_MS;
	CHECK_INT(dispatch(sc), 0);
	OK(message_explain(sc, id, &why));
	CHECK(strstr(why.text, "other") != NULL);
	OK(catch_up_skip(sc, OTHER));
	CHECK_INT(catch_up_skip(sc, OTHER), ERR_CONFLICT);
	kit->real_ms += 2 * SECOND_MS;
	CHECK_INT(dispatch(sc), 1);
	OK(handover_take(sc, w.appliance, &work));
	CHECK_INT(work.count, 2);
}

TEST(a_mail_sent_since_the_copy_is_not_sent_again_when_it_is_made_again)
{
	struct send_world w CLEANUP(kit_send_done);
	int64_t done, way, back, own;
	struct uplink u;

	start(sc, kit, &w);
	done = id_derive(sc->tenant, "step", "done");
	way = id_derive(sc->tenant, "step", "way");
	back = id_derive(sc->tenant, "step", "back");
	fact(sc, OTHER, done, FACT_QUEUED, true);
	fact(sc, OTHER, done, FACT_DELIVERED, true);
	fact(sc, OTHER, way, FACT_HELD, true);
	fact(sc, OTHER, back, FACT_HELD, true);
	/* Meanwhile it is caught up, and goes on sending what it held. */
	fact(sc, OTHER, way, FACT_QUEUED, false);
	fact(sc, OTHER, back, FACT_UNSENT, false);
	CHECK_INT(add_mail(sc, &w, "done"), done);
	CHECK_INT(add_mail(sc, &w, "way"), way);
	CHECK_INT(add_mail(sc, &w, "back"), back);
	own = add_mail(sc, &w, "own");
	CHECK_INT(dispatch(sc), 2);
	CHECK_TEXT(mail(sc, done).state, "delivered");
	CHECK_INT(mail(sc, done).appliance, OTHER);
	CHECK_INT(mail(sc, done).mailbox, BOX);
	CHECK_TEXT(mail(sc, way).state, "queued");
	CHECK_TEXT(mail(sc, back).state, "leased");
	CHECK_INT(mail(sc, back).appliance, w.appliance);
	CHECK_TEXT(mail(sc, own).state, "leased");
	fact(sc, OTHER, way, FACT_DELIVERED, false);
	CHECK_TEXT(mail(sc, way).state, "delivered");
	/* Nothing was spent on what was not leased. */
	OK(uplink_find(sc, w.appliance, &u));
	CHECK_INT(u.spent, 2);
}

TEST(a_mail_the_copy_has_on_its_way_belongs_to_who_says_it_has_it)
{
	struct send_world w CLEANUP(kit_send_done);
	int64_t held, sent, kept;

	start(sc, kit, &w);
	held = add_mail(sc, &w, "held");
	sent = add_mail(sc, &w, "sent");
	kept = add_mail(sc, &w, "kept");
	CHECK_INT(dispatch(sc), 3);
	fact(sc, OTHER, held, FACT_HELD, true);
	fact(sc, OTHER, sent, FACT_DELIVERED, true);
	fact(sc, w.appliance, kept, FACT_HELD, true);
	CHECK_TEXT(mail(sc, held).state, "handed");
	CHECK_INT(mail(sc, held).appliance, OTHER);
	CHECK_INT(mail(sc, held).mailbox, BOX);
	CHECK_TEXT(mail(sc, sent).state, "delivered");
	CHECK_TEXT(mail(sc, kept).state, "handed");
	CHECK_INT(mail(sc, kept).appliance, w.appliance);
	/* One that comes back from there is free again, whatever was said before. */
	fact(sc, OTHER, held, FACT_UNSENT, true);
	CHECK_TEXT(mail(sc, held).state, "due");
}

/* In the copy one appliance holds it; since then it came back and another one sent it. */
TEST(what_another_appliance_sent_counts_once_the_first_gives_it_back)
{
	struct send_world w CLEANUP(kit_send_done);
	int64_t id;

	start(sc, kit, &w);
	id = add_mail(sc, &w, "moved");
	CHECK_INT(dispatch(sc), 1);
	fact(sc, w.appliance, id, FACT_HELD, true);
	fact(sc, OTHER, id, FACT_DELIVERED, true);
	CHECK_TEXT(mail(sc, id).state, "handed");
	fact(sc, w.appliance, id, FACT_UNSENT, true);
	CHECK_TEXT(mail(sc, id).state, "due");
	kit->real_ms += MINUTE_MS;
	CHECK_INT(dispatch(sc), 0);
	CHECK_TEXT(mail(sc, id).state, "delivered");
	CHECK_INT(mail(sc, id).appliance, OTHER);
}

TEST(what_a_lost_appliance_held_since_the_copy_is_unknown)
{
	struct send_world w CLEANUP(kit_send_done);
	int64_t id = id_derive(KIT_TENANT, "step", "gone");

	start(sc, kit, &w);
	fact(sc, OTHER, id, FACT_HELD, true);
	kit_run(sc, &catch_test_revoke, BIND(V(OTHER)));
	CHECK_INT(add_mail(sc, &w, "gone"), id);
	CHECK_INT(dispatch(sc), 0);
	CHECK_TEXT(mail(sc, id).state, "unknown");
	CHECK_TEXT(mail(sc, id).reason, "appliance_lost");
}

TEST(claims_of_mails_that_end_otherwise_or_never_come_again_are_swept)
{
	struct send_world w CLEANUP(kit_send_done);
	int64_t ended, waits, again = id_derive(KIT_TENANT, "step", "again"), n;

	start(sc, kit, &w);
	ended = add_mail(sc, &w, "ended");
	waits = add_mail(sc, &w, "waits");
	CHECK_INT(dispatch(sc), 2);
	fact(sc, w.appliance, ended, FACT_HELD, true);
	fact(sc, w.appliance, waits, FACT_HELD, true);
	fact(sc, OTHER, ended, FACT_DELIVERED, true);
	fact(sc, OTHER, waits, FACT_DELIVERED, true);
	fact(sc, OTHER, again, FACT_DELIVERED, true);
	fact(sc, w.appliance, ended, FACT_BOUNCED, false);
	OK(db_int(sc, &catch_test_claims, BIND_NONE, &n));
	CHECK_INT(n, 3);
	run_periodic(sc, "claim.sweep");
	OK(db_int(sc, &catch_test_claims, BIND_NONE, &n));
	CHECK_INT(n, 2);
	/* A campaign may rest for long, and is to send nothing twice then. */
	kit->real_ms += 364 * DAY_MS;
	run_periodic(sc, "claim.sweep");
	OK(db_int(sc, &catch_test_claims, BIND_NONE, &n));
	CHECK_INT(n, 2);
	kit->real_ms += 2 * DAY_MS;
	run_periodic(sc, "claim.sweep");
	OK(db_int(sc, &catch_test_claims, BIND_NONE, &n));
	CHECK_INT(n, 0);
}
