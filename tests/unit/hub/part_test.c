/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/part.h"

#include "fleet/appliance.h"
#include "fleet/fleet.h"
#include "fleet_kit.h"

struct put_in {
	int64_t id;
	const char *body;
};

static enum err write_put(struct scope *sc, void *arg)
{
	const struct put_in *in = arg;

	return part_put(sc, in->id, PART_MAILBOXES, bytes_of(in->body, strlen(in->body)));
}

static enum err put(struct scope *sc, int64_t id, const char *body)
{
	return db_write(sc, write_put, &(struct put_in){ id, body });
}

static struct part_row part(struct scope *sc, int64_t id, const char *name)
{
	struct part_row *rows;
	size_t n;

	OK(part_list(sc, id, &rows, &n));
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].name, name))
			return rows[i];
	NEED(!"the part is there");
	return (struct part_row){ 0 };
}

struct due_in {
	int64_t id;
	size_t n;
};

static enum err write_due(struct scope *sc, void *arg)
{
	struct due_in *in = arg;
	struct part_due *rows;

	return part_take_due(sc, in->id, &rows, &in->n);
}

static int due(struct scope *sc, int64_t id)
{
	struct due_in in = { id, 0 };

	OK(db_write(sc, write_due, &in));
	return (int)in.n;
}

struct said_in {
	int64_t id;
	struct wire_part_report report;
	struct wire_version version;
};

static enum err write_report(struct scope *sc, void *arg)
{
	const struct said_in *in = arg;

	return part_reported(sc, in->id, &in->report, 1);
}

static enum err write_known(struct scope *sc, void *arg)
{
	const struct said_in *in = arg;

	return part_known(sc, in->id, &in->version, in->version.name ? 1 : 0);
}

static void report(struct scope *sc, int64_t id, int64_t version, enum part_state state)
{
	OK(db_write(sc, write_report,
		&(struct said_in){ id, { PART_MAILBOXES, version, state, NULL }, { NULL, 0 } }));
}

TEST(a_part_gets_a_new_version_only_when_its_body_changes)
{
	int64_t id;

	fleet_kit_start(sc, kit);
	id = fleet_kit_planned(sc, "one");
	OK(put(sc, id, "{\"a\":1}"));
	OK(put(sc, id, "{\"a\":1}"));
	CHECK_INT(part(sc, id, PART_MAILBOXES).version, 1);
	OK(put(sc, id, "{\"a\":2}"));
	CHECK_INT(part(sc, id, PART_MAILBOXES).version, 2);
	CHECK_INT(put(sc, id + 1, "{}"), ERR_MISSING);
}

TEST(a_part_is_published_until_it_is_reported)
{
	int64_t id;

	fleet_kit_start(sc, kit);
	id = fleet_kit_planned(sc, "one");
	OK(put(sc, id, "{\"a\":1}"));
	CHECK_INT(due(sc, id), 1);
	CHECK_INT(due(sc, id), 0);
	kit->real_ms += 10 * SECOND_MS;
	CHECK_INT(due(sc, id), 1);
	report(sc, id, 1, PART_APPLIED);
	kit->real_ms += 10 * SECOND_MS;
	CHECK_INT(due(sc, id), 0);
	CHECK_INT(part(sc, id, PART_MAILBOXES).applied, 1);
	OK(put(sc, id, "{\"a\":2}"));
	CHECK_INT(due(sc, id), 1);
	/* A late word about the old version is no word about the new one. */
	report(sc, id, 1, PART_APPLIED);
	kit->real_ms += 10 * SECOND_MS;
	CHECK_INT(due(sc, id), 1);
	report(sc, id, 2, PART_REVERTED);
	CHECK_INT(part(sc, id, PART_MAILBOXES).applied, 1);
	CHECK_TEXT(part(sc, id, PART_MAILBOXES).state, "reverted");
}

TEST(a_machine_that_lost_a_part_gets_it_again_and_a_restored_hub_counts_on)
{
	struct said_in in = { .version = { NULL, 0 } };

	fleet_kit_start(sc, kit);
	in.id = fleet_kit_planned(sc, "one");
	OK(put(sc, in.id, "{\"a\":1}"));
	report(sc, in.id, 1, PART_APPLIED);
	CHECK_INT(due(sc, in.id), 0);
	OK(db_write(sc, write_known, &in));
	CHECK_INT(due(sc, in.id), 1);
	in.version = (struct wire_version){ PART_MAILBOXES, 7 };
	OK(db_write(sc, write_known, &in));
	CHECK_INT(part(sc, in.id, PART_MAILBOXES).version, 8);
	CHECK_INT(due(sc, in.id), 1);
}

TEST(the_part_control_names_the_nearest_hand)
{
	struct part_row before;
	int64_t id;

	fleet_kit_start(sc, kit);
	id = fleet_kit_enrolled(sc, "one");
	before = part(sc, id, PART_CONTROL);
	OK(appliance_stop(sc, id, "smoke"));
	CHECK_INT(part(sc, id, PART_CONTROL).version, before.version + 1);
	CHECK_INT(appliance_stop(sc, id, "again"), ERR_CONFLICT);
	OK(fleet_halt(sc, "fire"));
	/* It was stopped by hand before, and stays so. */
	CHECK_INT(part(sc, id, PART_CONTROL).version, before.version + 1);
	OK(appliance_resume(sc, id));
	CHECK_INT(part(sc, id, PART_CONTROL).version, before.version + 2);
	OK(fleet_halt(sc, NULL));
	CHECK_INT(part(sc, id, PART_CONTROL).version, before.version + 3);
}
