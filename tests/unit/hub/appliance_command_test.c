/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Commands to appliances: sent from rows until they are answered or have run out. */
#include "fleet/appliance_command.h"

#include "fleet/appliance.h"
#include "fleet/fleet_bus.h"
#include "fleet_kit.h"

SQL(due_at, SQL_ENGINE, "SELECT COALESCE(commands_due, 0) FROM uplink WHERE appliance = $1");

struct give {
	struct command_wish wish;
	int64_t id;
};

static enum err write_give(struct scope *sc, void *arg)
{
	struct give *g = arg;

	return appliance_command_give(sc, &g->wish, &g->id);
}

static int64_t give(struct scope *sc, int64_t appliance, const char *kind)
{
	struct give g = { .wish = { appliance, kind, "{\"a\":1}", MINUTE_MS } };

	OK(db_write(sc, write_give, &g));
	return g.id;
}

static int64_t due(struct scope *sc, int64_t appliance)
{
	int64_t at = -1;

	OK(db_int(sc, &due_at, BIND(V(appliance)), &at));
	return at;
}

static void answer(struct scope *sc, int64_t appliance, struct wire_result m)
{
	sc->actor.id = appliance;
	OK(fleet_result(sc, appliance, wire_put_result(sc, &m)));
}

static struct appliance_command find(struct scope *sc, int64_t id)
{
	struct appliance_command c = { 0 };

	OK(appliance_command_find(sc, id, &c));
	return c;
}

TEST(a_command_is_due_until_it_is_answered_once)
{
	int64_t one, id;

	fleet_kit_start(sc, kit);
	one = fleet_kit_enrolled(sc, "one");
	CHECK_INT(due(sc, one), 0);
	id = give(sc, one, "refresh");
	CHECK_INT(due(sc, one), kit->real_ms);
	CHECK_TEXT(find(sc, id).state, "waiting");
	CHECK_TEXT(find(sc, id).args, "{\"a\":1}");
	/* Published again and again. */
	OK(fleet_commands_out(sc));
	CHECK_INT(due(sc, one), kit->real_ms + COMMAND_REPEAT_MS);
	kit->real_ms += COMMAND_REPEAT_MS;
	OK(fleet_commands_out(sc));
	CHECK_INT(due(sc, one), kit->real_ms + COMMAND_REPEAT_MS);
	answer(sc, one, (struct wire_result){ .id = id, .state = "done", .body = "{}" });
	answer(sc, one, (struct wire_result){ .id = id, .state = "failed", .reason = "late" });
	CHECK_TEXT(find(sc, id).state, "done");
	CHECK_TEXT(find(sc, id).body, "{}");
	CHECK_TEXT(find(sc, id).reason, NULL);
	CHECK_INT(fleet_kit_events(sc, one, "appliance.result"), 1);
	kit->real_ms += COMMAND_REPEAT_MS;
	OK(fleet_commands_out(sc));
	CHECK_INT(due(sc, one), 0);
}

TEST(a_command_that_runs_out_ends_as_expired_whether_or_not_the_appliance_is_there)
{
	int64_t one, id;

	fleet_kit_start(sc, kit);
	one = fleet_kit_enrolled(sc, "one");
	id = give(sc, one, "refresh");
	kit->real_ms += MINUTE_MS;
	OK(fleet_commands_out(sc));
	CHECK_TEXT(find(sc, id).state, "expired");
	CHECK_INT(due(sc, one), 0);
	/* What comes later changes nothing. */
	answer(sc, one, (struct wire_result){ .id = id, .state = "done" });
	CHECK_TEXT(find(sc, id).state, "expired");
}

TEST(only_the_appliance_that_was_told_answers_and_unknown_words_are_no_success)
{
	int64_t one, other, id;

	fleet_kit_start(sc, kit);
	one = fleet_kit_enrolled(sc, "one");
	other = fleet_kit_enrolled(sc, "other");
	id = give(sc, one, "refresh");
	answer(sc, other, (struct wire_result){ .id = id, .state = "done" });
	CHECK_TEXT(find(sc, id).state, "waiting");
	answer(sc, one, (struct wire_result){ .id = id + 1, .state = "done" });
	CHECK_INT(fleet_kit_events(sc, one, "appliance.result"), 0);
	answer(sc, one, (struct wire_result){ .id = id, .state = "perhaps" });
	CHECK_TEXT(find(sc, id).state, "failed");
	CHECK_TEXT(find(sc, id).reason, "perhaps");
}

TEST(what_cannot_be_a_command_is_refused_and_old_ones_are_forgotten)
{
	struct appliance_command *rows;
	struct give g = { .wish = { 0, "refresh", NULL, MINUTE_MS } };
	int64_t first;
	size_t n;

	fleet_kit_start(sc, kit);
	g.wish.appliance = fleet_kit_enrolled(sc, "one");
	g.wish.kind = "rm -rf";
	CHECK_INT(db_write(sc, write_give, &g), ERR_INPUT);
	g.wish.kind = "refresh";
	g.wish.args = "[1]";
	CHECK_INT(db_write(sc, write_give, &g), ERR_INPUT);
	g.wish.args = NULL;
	g.wish.lasts_ms = 2 * DAY_MS;
	CHECK_INT(db_write(sc, write_give, &g), ERR_INPUT);
	g.wish.lasts_ms = MINUTE_MS;
	g.wish.appliance++;
	CHECK_INT(db_write(sc, write_give, &g), ERR_MISSING);
	g.wish.appliance = fleet_kit_planned(sc, "planned");
	CHECK_INT(db_write(sc, write_give, &g), ERR_CONFLICT);
	scope_clear(sc);
	g.wish.appliance = fleet_kit_enrolled(sc, "two");
	first = give(sc, g.wish.appliance, "refresh");
	answer(sc, g.wish.appliance, (struct wire_result){ .id = first, .state = "done" });
	kit->real_ms += COMMAND_KEPT_MS + 1;
	give(sc, g.wish.appliance, "refresh");
	OK(appliance_command_list(sc, g.wish.appliance, 0, 10, &rows, &n));
	CHECK_INT(n, 1);
	CHECK(rows[0].id != first);
	OK(appliance_command_list(sc, g.wish.appliance, rows[0].id, 10, &rows, &n));
	CHECK_INT(n, 0);
}
