/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "send_kit.h"

#include <string.h>

#include "audience/contact.h"
#include "base/id.h"
#include "fleet/uplink.h"
#include "send/dispatch_priv.h"
#include "send/handover.h"
#include "send/message.h"

SQL(dispatch_test_pause, SQL_TENANT, "UPDATE campaign SET state = $2 WHERE tenant = $1");
SQL(dispatch_test_stop, SQL_TENANT, "UPDATE tenant SET standing = 'stopped' WHERE tenant = $1");
SQL(dispatch_test_mailbox, SQL_TENANT,
	"UPDATE mailbox SET state = 'stopped' WHERE tenant = $1 AND id = $2");
SQL(dispatch_test_silent, SQL_ENGINE, "UPDATE uplink SET seen_at = $1");

/* Turns until nobody has any; how many mails were leased. */
static int dispatch_all(struct scope *sc, int batch)
{
	struct dispatch_config c = { .batch = batch };
	int64_t tenant = sc->tenant;
	int all = 0, leased;
	bool served = true;

	for (int i = 0; served && i < 200; i++) {
		struct scope turn;

		scope_open(&turn, sc->world, "test");
		scope_system(&turn);
		turn.actor = sc->actor;
		if (dispatch_turn(&turn, &c, "test", &served, &leased)) {
			printf("  dispatch: %s\n", turn.why);
			CHECK(false);
		}
		scope_close(&turn);
		all += leased;
	}
	sc->tenant = tenant;
	return all;
}

static struct message mail(struct scope *sc, int64_t id)
{
	struct message m = { .state = "?" };

	OK(message_find(sc, id, &m));
	return m;
}

TEST(due_mail_is_leased_and_spread_over_the_mailboxes)
{
	struct send_world w CLEANUP(kit_send_done);
	int64_t first = 0, ids[10];

	kit_send(sc, kit, 100, &w);
	for (int i = 0; i < 10; i++) {
		int64_t c = kit_contact(sc, &w, arena_printf(sc->mem, "p%d@x.example", i));

		ids[i] = kit_mail(sc, &w, c, arena_printf(sc->mem, "%d", i));
	}
	CHECK_INT(dispatch_all(sc, 0), 10);
	for (int i = 0; i < 10; i++) {
		struct message m = mail(sc, ids[i]);

		CHECK_TEXT(m.state, "leased");
		CHECK_INT(m.appliance, w.appliance);
		CHECK_INT(m.until, kit->real_ms + 2 * HOUR_MS);
		first += m.mailbox == w.mailbox;
	}
	CHECK_INT(first, 5);
}

TEST(credit_is_never_overspent)
{
	struct send_world w CLEANUP(kit_send_done);
	struct uplink u;

	kit_send(sc, kit, 7, &w);
	for (int i = 0; i < 20; i++)
		kit_mail(sc, &w, kit_contact(sc, &w, arena_printf(sc->mem, "p%d@x.example", i)),
			arena_printf(sc->mem, "%d", i));
	CHECK_INT(dispatch_all(sc, 3), 7);
	OK(uplink_find(sc, w.appliance, &u));
	CHECK_INT(u.spent, 7);
	kit->real_ms += MINUTE_MS;
	CHECK_INT(dispatch_all(sc, 3), 0);
}

TEST(who_must_not_be_mailed_is_skipped_with_the_reason)
{
	struct send_world w CLEANUP(kit_send_done);
	int64_t gone, foreign, fine, a, b, c;

	kit_send(sc, kit, 100, &w);
	gone = kit_contact(sc, &w, "gone@x.example");
	foreign = kit_contact(sc, &w, "jürgen@x.example");
	fine = kit_contact(sc, &w, "fine@x.example");
	OK(contact_stop(sc, gone, "unsubscribed", "test", 0));
	a = kit_mail(sc, &w, gone, "a");
	b = kit_mail(sc, &w, foreign, "b");
	c = kit_mail(sc, &w, fine, "c");
	CHECK_INT(dispatch_all(sc, 0), 1);
	CHECK_TEXT(mail(sc, a).state, "skipped");
	CHECK_TEXT(mail(sc, a).reason, "unsubscribed");
	CHECK_TEXT(mail(sc, b).reason, "smtputf8");
	CHECK_TEXT(mail(sc, c).state, "leased");
}

TEST(paused_campaigns_stopped_tenants_and_silent_appliances_lease_nothing)
{
	struct send_world w CLEANUP(kit_send_done);
	int64_t id;

	kit_send(sc, kit, 100, &w);
	id = kit_mail(sc, &w, kit_contact(sc, &w, "p@x.example"), "a");
	kit_run(sc, &dispatch_test_pause, BIND(V("paused")));
	CHECK_INT(dispatch_all(sc, 0), 0);
	kit_run(sc, &dispatch_test_pause, BIND(V("running")));
	kit_run(sc, &dispatch_test_silent, BIND(V(kit->real_ms - HOUR_MS)));
	kit->real_ms += 2 * SECOND_MS;
	CHECK_INT(dispatch_all(sc, 0), 0);
	kit_run(sc, &dispatch_test_silent, BIND(V(kit->real_ms)));
	kit_run(sc, &dispatch_test_stop, BIND_NONE);
	kit->real_ms += 2 * SECOND_MS;
	CHECK_INT(dispatch_all(sc, 0), 0);
	CHECK_TEXT(mail(sc, id).state, "due");
}

struct follow_up {
	const struct send_world *w;
	int64_t contact, mailbox, id;
};

static enum err make_follow_up(struct scope *sc, void *arg)
{
	struct follow_up *f = arg;
	struct message_new in = { .origin = "step",
		.key = arena_printf(sc->mem, "f%lld", (long long)f->contact),
		.workspace = f->w->workspace,
		.campaign = f->w->campaign,
		.contact = f->contact,
		.content = f->w->content,
		.mailbox = f->mailbox,
		.follow_up = true,
		.thread = "msg_x@acme.example",
		.due = now_plan(sc) };

	return message_create(sc, &in, &f->id);
}

TEST(a_follow_up_goes_first_and_from_its_own_mailbox_alone)
{
	struct send_world w CLEANUP(kit_send_done);
	struct follow_up blocked = { .w = &w }, free_one = { .w = &w };
	int64_t first;

	kit_send(sc, kit, 1, &w);
	first = kit_mail(sc, &w, kit_contact(sc, &w, "first@x.example"), "first");
	kit->real_ms += 1000;
	blocked.contact = kit_contact(sc, &w, "blocked@x.example");
	blocked.mailbox = w.second;
	OK(db_write(sc, make_follow_up, &blocked));
	free_one.contact = kit_contact(sc, &w, "free@x.example");
	free_one.mailbox = w.mailbox;
	OK(db_write(sc, make_follow_up, &free_one));
	kit_run(sc, &dispatch_test_mailbox, BIND(V(w.second)));
	CHECK_INT(dispatch_all(sc, 0), 1);
	CHECK_TEXT(mail(sc, free_one.id).state, "leased");
	CHECK_TEXT(mail(sc, blocked.id).state, "due");
	CHECK_INT(mail(sc, blocked.id).mailbox, w.second);
	CHECK_TEXT(mail(sc, first).state, "due");
}

TEST(tenants_take_turns)
{
	struct send_world w CLEANUP(kit_send_done), other;
	struct dispatch_config c = { .batch = 10 };
	bool served;
	int leased;

	kit_send(sc, kit, 1000, &w);
	for (int i = 0; i < 40; i++)
		kit_mail(sc, &w, kit_contact(sc, &w, arena_printf(sc->mem, "p%d@x.example", i)),
			arena_printf(sc->mem, "%d", i));
	kit_tenant_add(sc, 1002);
	kit_send_tenant(sc, 1002, 5000, 1000, &other);
	kit_mail(sc, &other, kit_contact(sc, &other, "lone@y.example"), "lone");
	/* Forty mails of one do not keep the other's one waiting: the second turn is its own. */
	for (int i = 0; i < 2; i++) {
		struct scope turn;

		scope_open(&turn, sc->world, "test");
		scope_system(&turn);
		kit->real_ms++;
		CHECK_INT(dispatch_turn(&turn, &c, "test", &served, &leased), ERR_NONE);
		CHECK_INT(leased, i == 0 ? 10 : 1);
		scope_close(&turn);
	}
	sc->tenant = KIT_TENANT;
	CHECK_INT(dispatch_all(sc, 0), 30);
}

TEST(a_hub_that_slept_beyond_its_turn_writes_nothing)
{
	struct send_world w CLEANUP(kit_send_done);
	struct dispatch_config c = { .batch = 0 };
	struct turn slow = { .config = &c, .owner = "slow" };
	struct scope first, own;
	struct uplink u;
	bool taken;

	kit_send(sc, kit, 100, &w);
	for (int i = 0; i < 5; i++)
		kit_mail(sc, &w, kit_contact(sc, &w, arena_printf(sc->mem, "p%d@x.example", i)),
			arena_printf(sc->mem, "%d", i));
	scope_open(&first, sc->world, "test");
	scope_system(&first);
	CHECK_INT(turn_take(&first, &slow, &taken), ERR_NONE);
	CHECK(taken);
	scope_close(&first);
	scope_open_for(&own, sc, KIT_TENANT);
	CHECK_INT(turn_plan(&own, HOUR_MS, 100, &slow.plan), ERR_NONE);
	CHECK_INT(slow.plan.leases, 5);
	/* Nobody else gets the turn while it lasts. */
	CHECK_INT(dispatch_all(sc, 0), 0);
	kit->real_ms += 31 * SECOND_MS;
	CHECK_INT(dispatch_all(sc, 0), 5);
	CHECK_INT(turn_write(&own, &slow), ERR_CONFLICT);
	scope_close(&own);
	OK(uplink_find(sc, w.appliance, &u));
	CHECK_INT(u.spent, 5);
}

static enum err write_skip(struct scope *sc, void *arg)
{
	const int64_t *id = arg;

	return message_skip(sc, *id, "unsubscribed");
}

TEST(a_mail_that_ended_while_a_turn_was_planned_is_not_leased)
{
	struct send_world w CLEANUP(kit_send_done);
	struct dispatch_config c = { .batch = 0 };
	struct turn turn = { .config = &c, .owner = "slow" };
	struct scope first, own;
	struct uplink u;
	int64_t id;
	bool taken;

	kit_send(sc, kit, 100, &w);
	id = kit_mail(sc, &w, kit_contact(sc, &w, "gone@x.example"), "gone");
	kit_mail(sc, &w, kit_contact(sc, &w, "here@x.example"), "here");
	scope_open(&first, sc->world, "test");
	scope_system(&first);
	CHECK_INT(turn_take(&first, &turn, &taken), ERR_NONE);
	scope_close(&first);
	scope_open_for(&own, sc, KIT_TENANT);
	CHECK_INT(turn_plan(&own, HOUR_MS, 100, &turn.plan), ERR_NONE);
	OK(db_write(sc, write_skip, &id));
	CHECK_INT(turn_write(&own, &turn), ERR_NONE);
	scope_close(&own);
	CHECK_INT(turn.leased, 1);
	CHECK_TEXT(mail(sc, id).state, "skipped");
	OK(uplink_find(sc, w.appliance, &u));
	CHECK_INT(u.spent, 1);
}

TEST(work_is_rendered_marked_and_repeated_until_it_is_answered)
{
	struct send_world w CLEANUP(kit_send_done);
	struct wire_work work;
	int64_t id;

	kit_send(sc, kit, 100, &w);
	id = kit_mail(sc, &w, kit_contact(sc, &w, "ada@x.example"), "a");
	CHECK_INT(dispatch_all(sc, 0), 1);
	OK(handover_take(sc, w.appliance, &work));
	CHECK_INT(work.count, 1);
	NEED(work.count == 1);
	CHECK_INT(work.batch, kit->real_ms);
	CHECK_INT(work.items[0].kind, WORK_PUT);
	CHECK_INT(work.items[0].id, id);
	CHECK_TEXT(work.items[0].to, "ada@x.example");
	CHECK(strstr(work.items[0].mail, "Subject: Hello Ada\n") != NULL);
	OK(handover_take(sc, w.appliance, &work));
	CHECK_INT(work.count, 0);
	kit->real_ms += HANDOVER_REPEAT_MS;
	OK(handover_take(sc, w.appliance, &work));
	CHECK_INT(work.count, 1);
}

static enum err pause(struct scope *sc, void *arg)
{
	return message_recall(sc, RECALL_CAMPAIGN, *(int64_t *)arg, "cancelled", NULL);
}

TEST(a_recall_is_published_instead_of_the_mail)
{
	struct send_world w CLEANUP(kit_send_done);
	struct wire_work work;
	int64_t id;

	kit_send(sc, kit, 100, &w);
	id = kit_mail(sc, &w, kit_contact(sc, &w, "ada@x.example"), "a");
	CHECK_INT(dispatch_all(sc, 0), 1);
	OK(handover_take(sc, w.appliance, &work));
	OK(db_write(sc, pause, &w.campaign));
	OK(handover_take(sc, w.appliance, &work));
	CHECK_INT(work.count, 1);
	NEED(work.count == 1);
	CHECK_INT(work.items[0].kind, WORK_RECALL);
	CHECK_INT(work.items[0].id, id);
	CHECK_TEXT(work.items[0].reason, "cancelled");
	OK(handover_take(sc, w.appliance, &work));
	CHECK_INT(work.count, 0);
}

TEST(a_mail_that_cannot_be_rendered_ends_and_holds_up_nothing)
{
	struct send_world w CLEANUP(kit_send_done), bad;
	struct wire_work work;
	int64_t id;

	kit_send(sc, kit, 100, &w);
	bad = w;
	bad.content = 4711;
	id = kit_mail(sc, &bad, kit_contact(sc, &w, "bad@x.example"), "bad");
	kit_mail(sc, &w, kit_contact(sc, &w, "good@x.example"), "good");
	CHECK_INT(dispatch_all(sc, 0), 2);
	OK(handover_take(sc, w.appliance, &work));
	CHECK_INT(work.count, 1);
	CHECK_TEXT(mail(sc, id).state, "failed");
	CHECK_TEXT(mail(sc, id).reason, "render");
}
