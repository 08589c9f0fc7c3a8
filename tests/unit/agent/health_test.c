/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "agent_kit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "health.h"
#include "intake.h"
#include "life.h"
#include "meta.h"
#include "outbox.h"
#include "pacing.h"
#include "restore.h"

static bool settle(struct agent_kit *ak)
{
	struct scope *sc = &ak->scope;
	bool changed;

	OK(health_settle(sc, ak->agent.health, &changed));
	return changed;
}

TEST(the_gravest_worry_rules_and_each_change_is_a_fact)
{
	struct agent_kit ak;
	struct health_watch *h;
	struct wire_fact fact;

	agent_kit_open(sc, kit, &ak);
	h = ak.agent.health;
	CHECK(!settle(&ak));
	health_set(h, WORRY_POSTFIX, "no answer");
	CHECK_INT(health_state(h), HEALTH_DEGRADED);
	CHECK(settle(&ak));
	CHECK_INT(agent_kit_last_fact(&ak, &fact), FACT_HEALTH);
	CHECK_TEXT(fact.text, "no answer");
	health_set(h, WORRY_DISK, "disk full");
	CHECK_INT(health_state(h), HEALTH_HELD);
	CHECK_TEXT(health_why(h), "disk full");
	CHECK(settle(&ak));
	CHECK(!settle(&ak));
	CHECK_INT(pacing_allowance(&ak.scope, ak.agent.pacing), 0);
	health_set(h, WORRY_DISK, NULL);
	health_set(h, WORRY_POSTFIX, NULL);
	CHECK(settle(&ak));
	CHECK_INT(agent_kit_last_fact(&ak, &fact), FACT_HEALTH);
	CHECK_TEXT(fact.text, "ok");
	CHECK(pacing_allowance(&ak.scope, ak.agent.pacing) > 0);
	agent_kit_close(&ak);
}

/* Every write fails while this table stands. */
static void fill_disk(struct scope *sc, struct agent_kit *ak, bool full)
{
	const char *command = arena_printf(sc->mem, "sqlite3 '%s/agent.db' '%s'",
		ak->config.state_dir,
		full ? "CREATE TRIGGER full BEFORE INSERT ON fact BEGIN SELECT RAISE(ABORT, "
		       "\"full\"); END"
		     : "DROP TRIGGER full");

	NEED(system(command) == 0);
}

TEST(a_hold_that_could_not_be_written_down_ends_with_its_cause)
{
	struct agent_kit ak;
	struct health_watch *h;
	bool changed;

	agent_kit_open(sc, kit, &ak);
	h = ak.agent.health;
	fill_disk(sc, &ak, true);
	health_set(h, WORRY_DATABASE, "nothing can be written");
	CHECK(health_settle(&ak.scope, h, &changed) != ERR_NONE);
	CHECK(changed);
	scope_clear(&ak.scope);
	CHECK_INT(pacing_allowance(&ak.scope, ak.agent.pacing), 0);
	/* Room is back and nobody has written anything meanwhile. */
	fill_disk(sc, &ak, false);
	health_set(h, WORRY_DATABASE, NULL);
	CHECK(settle(&ak));
	CHECK(pacing_allowance(&ak.scope, ak.agent.pacing) > 0);
	CHECK_INT(agent_kit_last_fact(&ak, NULL), 0);
	agent_kit_close(&ak);
}

TEST(a_held_agent_takes_nothing_but_gives_back)
{
	struct agent_kit ak;
	struct wire_item put, recall = { .kind = WORK_RECALL, .id = 1 };

	agent_kit_open(sc, kit, &ak);
	put = agent_kit_put(&ak, 1);
	CHECK_INT(agent_kit_take(&ak, &put), TAKEN_STORED);
	health_set(ak.agent.health, WORRY_DISK, "disk full");
	put.id = 2;
	CHECK_INT(agent_kit_take(&ak, &put), TAKEN_REFUSED);
	CHECK_INT(agent_kit_take(&ak, &recall), TAKEN_RECALLED);
	agent_kit_close(&ak);
}

/* As if the file had been put there by somebody else. */
static void replace_file(struct scope *sc, struct agent_kit *ak)
{
	const char *path = arena_printf(sc->mem, "%s/agent.db", ak->config.state_dir);
	const char *copy = arena_printf(sc->mem, "%s/copy", ak->config.state_dir);
	const char *command = arena_printf(sc->mem, "cp '%s' '%s'", path, copy);

	NEED(system(command) == 0);
	CHECK_INT(rename(copy, path), 0);
}

TEST(a_database_in_another_file_waits_for_the_hub_and_is_a_copy_then)
{
	struct agent_kit ak;
	struct wire_taken answer;
	struct wire_item put;
	struct health_watch *h;

	agent_kit_open(sc, kit, &ak);
	put = agent_kit_put(&ak, 1);
	OK(life_begin(&ak.scope));
	CHECK(!health_has(ak.agent.health, WORRY_RESTORED));
	agent_kit_restart(&ak);
	OK(life_begin(&ak.scope));
	CHECK(!health_has(ak.agent.health, WORRY_RESTORED));
	replace_file(sc, &ak);
	agent_kit_restart(&ak);
	OK(life_begin(&ak.scope));
	h = ak.agent.health;
	CHECK(health_has(h, WORRY_RESTORED));
	CHECK_INT(health_state(h), HEALTH_HELD);
	/* Whatever it said about a mail could be untrue. */
	CHECK_INT(intake_work(&ak.scope, &(struct wire_work){ 1, &put, 1 }, &answer), ERR_CONFLICT);
	scope_clear(&ak.scope);
	CHECK_INT(restore_phase(ak.agent.restore), RESTORE_NONE);
	OK(life_confirm(&ak.scope, 0));
	CHECK_INT(restore_phase(ak.agent.restore), RESTORE_ASKING);
	CHECK(health_has(h, WORRY_RESTORED));
	/* A restart goes on there. */
	agent_kit_restart(&ak);
	OK(life_begin(&ak.scope));
	CHECK_INT(restore_phase(ak.agent.restore), RESTORE_ASKING);
	CHECK(health_has(ak.agent.health, WORRY_RESTORED));
	agent_kit_close(&ak);
}

static enum err boot_anew(struct scope *sc, void *arg)
{
	const char *life;
	enum err e = meta_get(sc, META_LIFE, NULL, &life);

	return e ? e
		 : meta_set(sc, META_LIFE, 0,
			   arena_printf(sc->mem, "%.*s another", (int)strcspn(life, " "), life));
}

TEST(after_a_reboot_an_acknowledgement_that_fits_is_enough)
{
	struct agent_kit ak;
	int64_t epoch;

	agent_kit_open(sc, kit, &ak);
	epoch = outbox_epoch(ak.agent.outbox);
	OK(life_begin(&ak.scope));
	agent_kit_write(&ak, boot_anew, NULL);
	agent_kit_restart(&ak);
	OK(life_begin(&ak.scope));
	CHECK(health_has(ak.agent.health, WORRY_RESTORED));
	OK(life_confirm(&ak.scope, 0));
	CHECK(!health_has(ak.agent.health, WORRY_RESTORED));
	CHECK_INT(outbox_epoch(ak.agent.outbox), epoch);
	agent_kit_restart(&ak);
	OK(life_begin(&ak.scope));
	CHECK(!health_has(ak.agent.health, WORRY_RESTORED));
	agent_kit_close(&ak);
}

static enum err put_off(struct scope *sc, void *arg)
{
	bool moved;
	enum err e = spool_intend(sc, 1, &moved);

	return e ? e : spool_again(sc, 1, now_real(sc).ms + 30 * SECOND_MS);
}

static enum err clamp(struct scope *sc, void *arg)
{
	return spool_clamp(sc, 30 * SECOND_MS);
}

TEST(a_clock_set_back_makes_nothing_wait_longer)
{
	struct agent_kit ak;
	struct spool_item item;
	struct wire_item put;

	agent_kit_open(sc, kit, &ak);
	put = agent_kit_put(&ak, 1);
	agent_kit_take(&ak, &put);
	agent_kit_write(&ak, put_off, NULL);
	kit->real_ms -= HOUR_MS;
	agent_kit_write(&ak, clamp, NULL);
	OK(spool_find(&ak.scope, 1, &item));
	CHECK_INT(item.retry_at, kit->real_ms + 30 * SECOND_MS);
	agent_kit_close(&ak);
}
