/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the hub tells an appliance that was restored from a copy. */
#include "send/stand.h"

#include "fleet/appliance.h"
#include "fleet_kit.h"
#include "send/message.h"
#include "store/db.h"

#define EPOCH INT64_C(77)

SQL(make_mail, SQL_TENANT,
	"INSERT INTO message (tenant, id, workspace, origin, key, state, rank, appliance, mailbox, "
	"due, until, sent_at, created, queue_id, queued_at) VALUES "
	"($1, $2, 1, 'step', $3, $4, 0, $5, 9, 0, 4711, $6, 0, $7, $8)");

struct mail {
	int64_t id;
	const char *state;
	int64_t appliance, sent_at, queued_at;
};

static enum err write_mail(struct scope *sc, void *arg)
{
	const struct mail *m = arg;

	return db_run(sc, &make_mail,
		BIND(V(m->id), V(arena_printf(sc->mem, "%lld", (long long)m->id)), V(m->state),
			V_REF(m->appliance), V(m->sent_at), V(m->queued_at ? "4bXyZ1" : NULL),
			V_REF(m->queued_at)),
		NULL);
}

static void make(struct scope *sc, struct mail m)
{
	OK(db_write(sc, write_mail, &m));
}

static struct wire_stand ask(
	struct scope *sc, int64_t appliance, int64_t after, struct wire_held *ids, size_t n)
{
	const struct wire_spool q = { .epoch = EPOCH, .after = after, .ids = ids, .count = n };
	struct wire_stand a;

	OK(stand_answer(sc, appliance, &q, &a));
	CHECK_INT(a.epoch, EPOCH);
	CHECK_INT(a.after, after);
	return a;
}

TEST(each_mail_asked_for_is_answered_in_order_and_what_else_is_there_is_told)
{
	struct wire_held ids[] = { { 7 }, { 1 }, { 2 }, { 3 }, { 4 }, { 99 } };
	static const int64_t states[] = { STAND_QUEUED, STAND_DONE, STAND_BACK, STAND_BACK,
		STAND_BACK, STAND_BACK };
	int64_t id, other;
	struct wire_stand a;

	fleet_kit_start(sc, kit);
	id = fleet_kit_enrolled(sc, "one");
	other = fleet_kit_enrolled(sc, "other");
	make(sc, (struct mail){ 1, "delivered", id, 5, 50 });
	make(sc, (struct mail){ 2, "due", 0, 0, 0 });
	make(sc, (struct mail){ 3, "handed", other, 5, 0 });
	make(sc, (struct mail){ 4, "leased", id, 0, 0 });
	make(sc, (struct mail){ 5, "leased", id, 5, 0 });
	make(sc, (struct mail){ 6, "handed", id, 5, 0 });
	make(sc, (struct mail){ 7, "queued", id, 5, 40 });
	a = ask(sc, id, 0, ids, COUNT(ids));
	NEED(a.count == COUNT(ids) + 3);
	for (size_t i = 0; i < COUNT(ids); i++) {
		CHECK_INT(a.items[i].id, ids[i].id);
		CHECK_INT(a.items[i].state, states[i]);
	}
	CHECK_TEXT(a.items[0].queue_id, "4bXyZ1");
	CHECK_INT(a.items[6].id, 5);
	CHECK_INT(a.items[6].state, STAND_HELD);
	CHECK_INT(a.items[6].not_after, 4711);
	CHECK_INT(a.items[7].id, 6);
	CHECK_INT(a.items[8].id, 7);
	CHECK_INT(a.items[8].state, STAND_QUEUED);
	/* The one that came into Postfix last, whatever became of it. */
	CHECK_INT(a.newest, 1);
	CHECK_INT(a.next, 0);
	a = ask(sc, id, 6, NULL, 0);
	CHECK_INT(a.count, 1);
}

TEST(what_is_there_is_told_page_by_page)
{
	struct wire_stand a;
	int64_t id;

	fleet_kit_start(sc, kit);
	id = fleet_kit_enrolled(sc, "one");
	for (int64_t i = 1; i <= WIRE_MAX_STAND + 5; i++)
		make(sc, (struct mail){ i, "handed", id, 5, 0 });
	a = ask(sc, id, 0, NULL, 0);
	CHECK_INT(a.count, WIRE_MAX_STAND);
	CHECK_INT(a.next, WIRE_MAX_STAND);
	CHECK_INT(a.newest, 0);
	a = ask(sc, id, a.next, NULL, 0);
	CHECK_INT(a.count, 5);
	CHECK_INT(a.next, 0);
}

TEST(the_mails_of_another_tenant_are_not_told)
{
	struct wire_held ids[] = { { 1 } };
	struct wire_stand a;
	int64_t id;

	fleet_kit_start(sc, kit);
	id = fleet_kit_enrolled(sc, "one");
	make(sc, (struct mail){ 1, "handed", id, 5, 30 });
	kit_tenant_add(sc, 2002);
	sc->tenant = 2002;
	a = ask(sc, id, 0, ids, 1);
	CHECK_INT(a.count, 1);
	CHECK_INT(a.items[0].state, STAND_BACK);
	CHECK_INT(a.newest, 0);
}
