/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/uplink.h"

#include "fleet/appliance.h"
#include "fleet/fleet.h"
#include "fleet_kit.h"

#define EPOCH INT64_C(77)

struct hello_in {
	int64_t id;
	struct wire_hello m;
	int64_t mark;
};

static enum err write_hello(struct scope *sc, void *arg)
{
	struct hello_in *in = arg;

	return uplink_hello(sc, in->id, &in->m, &in->mark);
}

static int64_t hello(struct scope *sc, int64_t id, int64_t epoch, int64_t first_kept)
{
	struct hello_in in = { .id = id, .m = { .epoch = epoch, .first_kept = first_kept } };

	OK(db_write(sc, write_hello, &in));
	return in.mark;
}

static enum err hello_in_place(struct scope *sc, int64_t id, int64_t epoch, int64_t replaces)
{
	struct hello_in in = { .id = id,
		.m = { .epoch = epoch, .first_kept = 1, .replaces = replaces } };

	return db_write(sc, write_hello, &in);
}

struct advance_in {
	int64_t id, epoch, first, last, from, mark;
};

static enum err write_advance(struct scope *sc, void *arg)
{
	struct advance_in *in = arg;

	return uplink_advance(sc, in->id, in->epoch, in->first, in->last, &in->from, &in->mark);
}

/* How many of first..last are new; -1 when the batch cannot be taken. */
static int64_t advance(struct scope *sc, struct advance_in *in)
{
	enum err e = db_write(sc, write_advance, in);

	if (e == ERR_CONFLICT)
		return -1;
	OK(e);
	return in->last - in->from + 1;
}

TEST(each_fact_of_a_batch_is_stored_once)
{
	struct advance_in in = { .epoch = EPOCH, .first = 1, .last = 10 };

	fleet_kit_start(sc, kit);
	in.id = fleet_kit_enrolled(sc, "one");
	CHECK_INT(hello(sc, in.id, EPOCH, 1), 0);
	CHECK_INT(advance(sc, &in), 10);
	CHECK_INT(in.mark, 10);
	/* The same again, an older part of it, and one that overlaps. */
	CHECK_INT(advance(sc, &in), 0);
	CHECK_INT(in.mark, 10);
	in.first = 3, in.last = 7;
	CHECK_INT(advance(sc, &in), 0);
	CHECK_INT(in.mark, 10);
	in.first = 8, in.last = 15;
	CHECK_INT(advance(sc, &in), 5);
	CHECK_INT(in.from, 11);
	CHECK_INT(in.mark, 15);
	/* A hole before it: nothing is stored, the mark says where to go on. */
	in.first = 17, in.last = 20;
	CHECK_INT(advance(sc, &in), -1);
	CHECK_INT(in.mark, 15);
	in.epoch = EPOCH + 1, in.first = 16;
	CHECK_INT(advance(sc, &in), -1);
	CHECK_INT(hello(sc, in.id, EPOCH, 16), 15);
}

TEST(a_new_epoch_starts_afresh_and_a_hole_that_cannot_be_filled_is_a_gap)
{
	struct advance_in in = { .epoch = EPOCH, .first = 1, .last = 10 };

	fleet_kit_start(sc, kit);
	in.id = fleet_kit_enrolled(sc, "one");
	hello(sc, in.id, EPOCH, 1);
	CHECK_INT(fleet_kit_events(sc, in.id, "appliance.epoch"), 0);
	CHECK_INT(advance(sc, &in), 10);
	CHECK_INT(hello(sc, in.id, EPOCH, 14), 13);
	CHECK_INT(fleet_kit_events(sc, in.id, "appliance.gap"), 1);
	OK(hello_in_place(sc, in.id, EPOCH + 1, EPOCH));
	CHECK_INT(fleet_kit_events(sc, in.id, "appliance.epoch"), 1);
	in.epoch++;
	CHECK_INT(advance(sc, &in), 10);
	/* The old epoch's facts come too late, also where they would follow. */
	in.epoch--;
	CHECK_INT(advance(sc, &in), -1);
	in.first = 11, in.last = 20;
	CHECK_INT(advance(sc, &in), -1);
}

/* Whoever went on from an older copy does not know which epoch stands. */
TEST(an_epoch_stands_until_another_replaces_it)
{
	struct advance_in in = { .epoch = EPOCH, .first = 1, .last = 10 };

	fleet_kit_start(sc, kit);
	in.id = fleet_kit_enrolled(sc, "one");
	OK(hello_in_place(sc, in.id, EPOCH, 0));
	CHECK_INT(advance(sc, &in), 10);
	CHECK_INT(hello_in_place(sc, in.id, EPOCH + 1, 0), ERR_CONFLICT);
	CHECK_INT(hello_in_place(sc, in.id, EPOCH + 1, EPOCH - 1), ERR_CONFLICT);
	OK(hello_in_place(sc, in.id, EPOCH + 1, EPOCH));
	/* The one before comes back: its facts would be taken for others. */
	CHECK_INT(hello_in_place(sc, in.id, EPOCH, 0), ERR_CONFLICT);
	CHECK_INT(fleet_kit_events(sc, in.id, "appliance.epoch"), 1);
	OK(hello_in_place(sc, in.id, EPOCH + 1, EPOCH));
}

struct credit_in {
	int64_t id, epoch, taken, room, n;
};

static enum err write_credit(struct scope *sc, void *arg)
{
	const struct credit_in *in = arg;

	return uplink_credit(sc, in->id, in->epoch, in->taken, in->room);
}

static enum err write_spend(struct scope *sc, void *arg)
{
	const struct credit_in *in = arg;

	return uplink_spend(sc, in->id, in->n);
}

static enum err write_back(struct scope *sc, void *arg)
{
	const struct credit_in *in = arg;

	return uplink_give_back(sc, in->id, in->n);
}

static void credit(struct scope *sc, int64_t id, int64_t epoch, int64_t taken, int64_t room)
{
	OK(db_write(sc, write_credit, &(struct credit_in){ id, epoch, taken, room, 0 }));
}

static enum err spend(struct scope *sc, int64_t id, int64_t n)
{
	return db_write(sc, write_spend, &(struct credit_in){ .id = id, .n = n });
}

static int64_t room(struct scope *sc, int64_t id)
{
	int64_t n;

	OK(uplink_room(sc, id, &n));
	return n;
}

TEST(no_more_is_leased_than_the_appliance_said_it_takes)
{
	int64_t id;

	fleet_kit_start(sc, kit);
	id = fleet_kit_enrolled(sc, "one");
	CHECK_INT(spend(sc, id, 1), ERR_LIMIT);
	hello(sc, id, EPOCH, 1);
	credit(sc, id, EPOCH, 0, 10);
	CHECK_INT(room(sc, id), 10);
	OK(spend(sc, id, 8));
	CHECK_INT(spend(sc, id, 3), ERR_LIMIT);
	OK(spend(sc, id, 2));
	CHECK_INT(room(sc, id), 0);
	/* Reports that arrive late or for another epoch lend nothing. */
	credit(sc, id, EPOCH, 0, 5);
	credit(sc, id, EPOCH + 1, 100, 100);
	CHECK_INT(room(sc, id), 0);
	credit(sc, id, EPOCH, 10, 4);
	CHECK_INT(room(sc, id), 4);
	OK(db_write(sc, write_back, &(struct credit_in){ .id = id, .n = 1 }));
	CHECK_INT(room(sc, id), 5);
}

TEST(a_restored_hub_does_not_lend_twice)
{
	int64_t id;

	fleet_kit_start(sc, kit);
	id = fleet_kit_enrolled(sc, "one");
	hello(sc, id, EPOCH, 1);
	/* It has stored 40 that this hub knows nothing of. */
	credit(sc, id, EPOCH, 40, 10);
	CHECK_INT(room(sc, id), 10);
}

TEST(nothing_is_leased_to_one_that_is_silent_or_stopped)
{
	int64_t id;

	fleet_kit_start(sc, kit);
	id = fleet_kit_enrolled(sc, "one");
	hello(sc, id, EPOCH, 1);
	credit(sc, id, EPOCH, 0, 10);
	kit->real_ms += APPLIANCE_SILENT_MS + 1;
	CHECK_INT(spend(sc, id, 1), ERR_LIMIT);
	CHECK_INT(room(sc, id), 0);
	hello(sc, id, EPOCH, 1);
	OK(spend(sc, id, 1));
	OK(appliance_stop(sc, id, "by hand"));
	CHECK_INT(spend(sc, id, 1), ERR_LIMIT);
	OK(appliance_resume(sc, id));
	OK(spend(sc, id, 1));
	OK(fleet_halt(sc, "everything"));
	CHECK_INT(spend(sc, id, 1), ERR_LIMIT);
	OK(fleet_halt(sc, NULL));
	OK(spend(sc, id, 1));
}

TEST(an_appliance_of_another_tenant_is_not_there)
{
	struct appliance a;
	int64_t id, units = 9;

	fleet_kit_start(sc, kit);
	id = fleet_kit_enrolled(sc, "one");
	kit_tenant_add(sc, 2002);
	sc->tenant = 2002;
	CHECK_INT(appliance_find(sc, id, &a), ERR_MISSING);
	CHECK_INT(appliance_stop(sc, id, "mine?"), ERR_MISSING);
	CHECK_INT(spend(sc, id, 0), ERR_LIMIT);
	OK(uplink_room(sc, id, &units));
	CHECK_INT(units, 0);
}

TEST(names_of_appliances_are_bounded_and_unique)
{
	struct appliance *rows;
	int64_t id;
	size_t n;

	fleet_kit_start(sc, kit);
	fleet_kit_planned(sc, "b");
	fleet_kit_planned(sc, " a ");
	CHECK_INT(appliance_plan(sc, "a", &id), ERR_CONFLICT);
	CHECK_INT(appliance_plan(sc, "  ", &id), ERR_INPUT);
	OK(appliance_list(sc, NULL, 1, &rows, &n));
	CHECK_TEXT(rows[0].name, "a");
	OK(appliance_list(sc, "a", 5, &rows, &n));
	CHECK_INT((int64_t)n, 1);
	CHECK_TEXT(rows[0].name, "b");
}
