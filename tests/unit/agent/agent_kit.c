/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "agent_kit.h"

#include <sqlite3.h>

#include "health.h"
#include "hold.h"
#include "intake.h"
#include "lanes.h"
#include "mailu/mailu.h"
#include "meta.h"
#include "outbox.h"
#include "pacing.h"
#include "parts.h"
#include "restore.h"
#include "schema.h"
#include "store/migrate.h"

static void open_all(struct agent_kit *ak)
{
	struct scope *sc = &ak->scope;
	struct agent *a = &ak->agent;
	int applied;

	OK(store_open(sc,
		&(struct store_config){
			.url = arena_printf(sc->mem, "sqlite:%s/agent.db", ak->config.state_dir),
			.readers = 1,
			.owner = true },
		&a->world.store));
	OK(migrate_run(sc, agent_schema, agent_schema_count, &applied));
	OK(meta_begin(sc));
	OK(outbox_open(sc, &a->outbox));
	OK(meta_get(sc, META_TAKEN, &a->taken, NULL));
	a->health = health_new();
	a->mailu = mailu_new(a);
	a->hold = hold_new(ak->config.hold_command, NULL);
	OK(pacing_open(sc, &a->pacing));
	OK(lanes_open(sc, &a->lanes));
	OK(parts_open(sc, &a->parts));
	OK(restore_open(sc, &a->restore));
}

static void close_all(struct agent *a)
{
	restore_close(TAKE(a->restore));
	mailu_free(TAKE(a->mailu));
	parts_close(TAKE(a->parts));
	hold_free(TAKE(a->hold));
	lanes_close(TAKE(a->lanes));
	pacing_close(TAKE(a->pacing));
	health_free(TAKE(a->health));
	outbox_close(TAKE(a->outbox));
	store_close(TAKE(a->world.store));
}

static void set_mailbox(struct agent_kit *ak)
{
	struct part_mailbox box = { .id = KIT_MAILBOX,
		.address = KIT_ADDRESS,
		.cap = 3,
		.gap_ms = MINUTE_MS,
		.days = 127,
		.to_minute = 1440,
		.state = "active",
		.by = "plan" };

	pacing_set_mailboxes(ak->agent.pacing, &(struct part_mailboxes){ &box, 1 });
}

void agent_kit_open(struct scope *sc, struct kit *kit, struct agent_kit *ak)
{
	char *folder = arena_printf(sc->mem, "%s/agent-XXXXXX", kit_folder(sc));

	NEED(mkdtemp(folder) != NULL);
	*ak = (struct agent_kit){ .agent.world = kit->world };
	ak->agent.config = &ak->config;
	ak->config = (struct agent_config){
		.state_dir = folder, .retry_s = 30, .recover_s = 5, .disk_min_mib = 1
	};
	ak->config.queue_dir = ak->config.state_dir;
	scope_open(&ak->scope, &ak->agent.world, "test");
	open_all(ak);
	set_mailbox(ak);
}

void agent_kit_close(struct agent_kit *ak)
{
	close_all(&ak->agent);
	scope_close(&ak->scope);
}

void agent_kit_restart(struct agent_kit *ak)
{
	close_all(&ak->agent);
	open_all(ak);
	set_mailbox(ak);
}

struct wire_item agent_kit_put(const struct agent_kit *ak, int64_t id)
{
	return (struct wire_item){ .kind = WORK_PUT,
		.id = id,
		.mailbox = KIT_MAILBOX,
		.from = KIT_ADDRESS,
		.to = "bob@example.net",
		.not_after = now_real(&ak->scope).ms + HOUR_MS,
		.mail = "Subject: x\n\nx\n" };
}

enum taken_answer agent_kit_take(struct agent_kit *ak, const struct wire_item *item)
{
	struct scope *sc = &ak->scope;
	struct wire_item copy = *item;
	struct wire_taken answer;

	OK(intake_work(sc, &(struct wire_work){ 1, &copy, 1 }, &answer));
	CHECK_INT(answer.count, 1);
	CHECK_INT(answer.answers[0].id, item->id);
	return (enum taken_answer)answer.answers[0].answer;
}

void agent_kit_write(struct agent_kit *ak, enum err (*fn)(struct scope *, void *), void *arg)
{
	struct scope *sc = &ak->scope;

	OK(outbox_write(sc, fn, arg));
}

int agent_kit_state(struct agent_kit *ak, int64_t id)
{
	struct spool_item item;

	return spool_find(&ak->scope, id, &item) ? -1 : (int)item.state;
}

int agent_kit_last_fact(struct agent_kit *ak, struct wire_fact *fact)
{
	struct scope *sc = &ak->scope;
	struct wire_events batch;
	struct wire_fact last = { 0 };

	outbox_restart(ak->agent.outbox);
	OK(outbox_batch(sc, ak->agent.outbox, &batch));
	if (batch.count)
		last = batch.facts[batch.count - 1];
	outbox_restart(ak->agent.outbox);
	if (fact)
		*fact = last;
	return (int)last.kind;
}

void agent_kit_meddle(struct agent_kit *ak, const char *sql)
{
	struct scope *sc = &ak->scope;
	sqlite3 *db = NULL;

	NEED(sqlite3_open(arena_printf(sc->mem, "%s/agent.db", ak->config.state_dir), &db) ==
		SQLITE_OK);
	NEED(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(db);
}
