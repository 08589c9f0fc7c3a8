/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A database that is a copy: what the hub says of its mails, and what log and queue say of the
   rest. */
#include "agent_kit.h"

#include <sys/stat.h>

#include "health.h"
#include "logline.h"
#include "meta.h"
#include "outbox.h"
#include "outcome.h"
#include "recover.h"
#include "restore.h"

#define SENDER(id) spool_sender(sc, id, KIT_ADDRESS)

/* An agent beside an empty queue of Postfix. */
static void open_kit(struct scope *sc, struct kit *kit, struct agent_kit *ak)
{
	static const char *const names[] = { "incoming", "active", "deferred", "hold" };

	agent_kit_open(sc, kit, ak);
	for (size_t i = 0; i < COUNT(names); i++)
		CHECK_INT(
			mkdir(arena_printf(sc->mem, "%s/%s", ak->config.queue_dir, names[i]), 0700),
			0);
}

static void take(struct agent_kit *ak, int64_t id)
{
	struct wire_item put = agent_kit_put(ak, id);

	CHECK_INT(agent_kit_take(ak, &put), TAKEN_STORED);
}

static struct wire_stand answer_to(
	const struct wire_spool *q, struct wire_stand_item *items, size_t n, int64_t newest)
{
	return (struct wire_stand){
		.epoch = q->epoch, .after = q->after, .items = items, .count = n, .newest = newest
	};
}

/* The hub says STATE of mails 1..N, in that order, and no more. */
static void settle_stand(struct agent_kit *ak, const enum stand *states, size_t n, int64_t newest)
{
	struct scope *sc = &ak->scope;
	struct wire_stand_item *items = arena_array(sc->mem, n, sizeof *items);
	struct wire_stand answer;
	struct wire_spool q;
	bool more;

	for (size_t i = 0; i < n; i++)
		items[i] = (struct wire_stand_item){ .id = (int64_t)i + 1,
			.state = states[i],
			.mailbox = KIT_MAILBOX,
			.from = KIT_ADDRESS,
			.queue_id = states[i] == STAND_QUEUED ? "4bXyZ1" : NULL };
	OK(restore_question(sc, &q));
	answer = answer_to(&q, items, n, newest);
	OK(restore_answer(sc, &answer, &more));
	CHECK(!more);
	CHECK_INT(restore_phase(ak->agent.restore), RESTORE_SORTING);
}

struct seen {
	const char *sender, *queue_id;
	bool at_end;
};

/* As a turn does: a line of the log, then its end, then what was looked for. */
static enum err turn(struct scope *sc, void *arg)
{
	const struct seen *s = arg;
	const struct logline line = {
		.kind = LOGLINE_ACTIVE, .queue_id = s->queue_id, .sender = s->sender
	};
	struct recover_look *look;
	enum err e = s->sender ? outcome_logged(sc, &line) : ERR_NONE;

	if (!e)
		e = restore_judge(sc, s->at_end);
	if (!e)
		e = recover_look(sc, &look);
	return e ? e : recover_settle(sc, look, s->at_end);
}

TEST(a_copy_takes_a_new_epoch_and_what_the_hub_has_not_stored_goes_up_again)
{
	struct agent_kit ak;
	struct wire_events batch;
	int64_t old;

	open_kit(sc, kit, &ak);
	for (int64_t id = 1; id <= 3; id++) {
		take(&ak, id);
		agent_kit_write(&ak, turn,
			&(struct seen){ SENDER(id), arena_printf(sc->mem, "Q%d", (int)id), false });
	}
	old = outbox_epoch(ak.agent.outbox);
	CHECK_INT(outbox_next(ak.agent.outbox), 4);
	OK(restore_begin(&ak.scope, old, 2));
	CHECK(outbox_epoch(ak.agent.outbox) != old);
	CHECK_INT(outbox_replaces(ak.agent.outbox), old);
	CHECK_INT(ak.agent.taken, 0);
	CHECK_INT(outbox_next(ak.agent.outbox), 2);
	OK(outbox_batch(&ak.scope, ak.agent.outbox, &batch));
	CHECK_INT(batch.first, 1);
	CHECK_INT(batch.last, 1);
	CHECK_INT(batch.facts[0].message, 3);
	agent_kit_restart(&ak);
	CHECK_INT(outbox_replaces(ak.agent.outbox), old);
	CHECK_INT(restore_phase(ak.agent.restore), RESTORE_ASKING);
	agent_kit_close(&ak);
}

TEST(what_the_hub_accounts_for_goes_and_the_rest_is_looked_for)
{
	static const enum stand states[] = { STAND_DONE, STAND_HELD, STAND_QUEUED, STAND_BACK };
	struct agent_kit ak;
	struct wire_fact fact;

	open_kit(sc, kit, &ak);
	for (int64_t id = 1; id <= 4; id++)
		take(&ak, id);
	OK(restore_begin(&ak.scope, outbox_epoch(ak.agent.outbox), 0));
	settle_stand(&ak, states, 4, 0);
	CHECK_INT(agent_kit_state(&ak, 1), -1);
	CHECK_INT(agent_kit_state(&ak, 2), ITEM_INTENT);
	CHECK_INT(agent_kit_state(&ak, 3), ITEM_QUEUED);
	kit->real_ms += 10 * SECOND_MS;
	agent_kit_write(&ak, turn, &(struct seen){ .at_end = true });
	/* The log knows nothing of it: it waits again. The hub has given the other one away. */
	CHECK_INT(agent_kit_state(&ak, 2), ITEM_WAITING);
	CHECK_INT(agent_kit_state(&ak, 4), -1);
	CHECK_INT(agent_kit_last_fact(&ak, &fact), FACT_UNSENT);
	CHECK_INT(fact.message, 4);
	OK(restore_end(&ak.scope, true));
	CHECK_INT(restore_phase(ak.agent.restore), RESTORE_NONE);
	CHECK(!health_has(ak.agent.health, WORRY_RESTORED));
	agent_kit_close(&ak);
}

TEST(a_mail_that_only_the_hub_knows_of_is_found_in_the_log_or_goes_back)
{
	static const enum stand states[] = { STAND_HELD, STAND_HELD, STAND_HELD };
	struct agent_kit ak;
	struct wire_fact fact;

	open_kit(sc, kit, &ak);
	take(&ak, 1);
	OK(restore_begin(&ak.scope, outbox_epoch(ak.agent.outbox), 0));
	settle_stand(&ak, states, 3, 0);
	CHECK_INT(agent_kit_state(&ak, 3), ITEM_INTENT);
	kit->real_ms += 10 * SECOND_MS;
	agent_kit_write(&ak, turn, &(struct seen){ SENDER(2), "4cQ", false });
	CHECK_INT(agent_kit_state(&ak, 2), ITEM_QUEUED);
	CHECK_INT(agent_kit_state(&ak, 3), ITEM_INTENT);
	/* Not before the log is read to its end. */
	OK(restore_end(&ak.scope, true));
	CHECK_INT(restore_phase(ak.agent.restore), RESTORE_SORTING);
	agent_kit_write(&ak, turn, &(struct seen){ .at_end = true });
	CHECK_INT(agent_kit_state(&ak, 1), ITEM_WAITING);
	CHECK_INT(agent_kit_state(&ak, 3), -1);
	CHECK_INT(agent_kit_last_fact(&ak, &fact), FACT_UNSENT);
	CHECK_INT(fact.message, 3);
	agent_kit_close(&ak);
}

TEST(a_log_that_is_a_copy_as_well_proves_nothing)
{
	static const enum stand states[] = { STAND_HELD };
	struct agent_kit ak;
	struct wire_fact fact;

	open_kit(sc, kit, &ak);
	take(&ak, 1);
	OK(restore_begin(&ak.scope, outbox_epoch(ak.agent.outbox), 0));
	settle_stand(&ak, states, 1, 99);
	kit->real_ms += 10 * SECOND_MS;
	agent_kit_write(&ak, turn, &(struct seen){ .at_end = true });
	CHECK_INT(agent_kit_state(&ak, 1), -1);
	CHECK_INT(agent_kit_last_fact(&ak, &fact), FACT_UNKNOWN);
	CHECK_INT(fact.message, 1);
	agent_kit_close(&ak);
}

TEST(a_log_that_names_the_newest_mail_proves_what_it_does_not_say)
{
	static const enum stand states[] = { STAND_HELD };
	struct agent_kit ak;

	open_kit(sc, kit, &ak);
	take(&ak, 1);
	OK(restore_begin(&ak.scope, outbox_epoch(ak.agent.outbox), 0));
	settle_stand(&ak, states, 1, 99);
	kit->real_ms += 10 * SECOND_MS;
	agent_kit_write(&ak, turn, &(struct seen){ SENDER(99), "4cQ", true });
	CHECK_INT(agent_kit_state(&ak, 1), ITEM_WAITING);
	agent_kit_close(&ak);
}

TEST(a_database_made_anew_sends_nothing_again)
{
	static const enum stand states[] = { STAND_HELD };
	struct agent_kit ak;

	open_kit(sc, kit, &ak);
	OK(restore_begin(&ak.scope, 4711, 0));
	settle_stand(&ak, states, 1, 0);
	kit->real_ms += 10 * SECOND_MS;
	agent_kit_write(&ak, turn, &(struct seen){ .at_end = true });
	CHECK_INT(agent_kit_last_fact(&ak, NULL), FACT_UNKNOWN);
	agent_kit_close(&ak);
}

TEST(an_answer_to_another_question_changes_nothing)
{
	struct wire_stand_item done = { .id = 1, .state = STAND_DONE };
	struct agent_kit ak;
	struct wire_stand answer;
	struct wire_spool q;
	bool more;

	open_kit(sc, kit, &ak);
	take(&ak, 1);
	take(&ak, 2);
	OK(restore_begin(&ak.scope, outbox_epoch(ak.agent.outbox), 0));
	OK(restore_question(&ak.scope, &q));
	CHECK_INT(q.count, 2);
	answer = answer_to(&q, &done, 1, 0);
	OK(restore_answer(&ak.scope, &answer, &more));
	answer.epoch++;
	OK(restore_answer(&ak.scope, &answer, &more));
	CHECK_INT(restore_phase(ak.agent.restore), RESTORE_ASKING);
	CHECK_INT(agent_kit_state(&ak, 1), ITEM_INTENT);
	agent_kit_close(&ak);
}

#define FIRST INT64_C(1000)

/* All that is asked for is held, and FIRST + 1 to LAST are in Postfix. */
static struct wire_stand page(struct scope *sc, const struct wire_spool *q, int64_t last)
{
	struct wire_stand a = { .epoch = q->epoch, .after = q->after };
	int64_t id = q->after ? q->after : FIRST, most = id + WIRE_MAX_STAND;

	a.items = arena_array(sc->mem, 2 * WIRE_MAX_STAND, sizeof *a.items);
	for (size_t i = 0; i < q->count; i++)
		a.items[a.count++] =
			(struct wire_stand_item){ .id = q->ids[i].id, .state = STAND_HELD };
	while (id < last && id < most) {
		id++;
		a.items[a.count++] = (struct wire_stand_item){ .id = id,
			.state = STAND_QUEUED,
			.queue_id = arena_printf(sc->mem, "Q%lld", (long long)id) };
	}
	a.next = id == most ? id : 0;
	return a;
}

/* More than one page of its own, and more than one of the hub's. */
TEST(a_large_spool_is_asked_for_page_by_page)
{
	const int64_t own = WIRE_MAX_STAND + 50, theirs = 2 * WIRE_MAX_STAND + 10;
	struct agent_kit ak;
	bool more = true;
	int pages = 0;

	open_kit(sc, kit, &ak);
	for (int64_t id = 1; id <= own; id++)
		take(&ak, id);
	OK(restore_begin(&ak.scope, outbox_epoch(ak.agent.outbox), 0));
	while (more && pages++ < 10) {
		struct wire_stand answer;
		struct wire_spool q;

		OK(restore_question(&ak.scope, &q));
		answer = page(sc, &q, FIRST + theirs);
		OK(restore_answer(&ak.scope, &answer, &more));
	}
	CHECK_INT(pages, 3);
	CHECK_INT(restore_phase(ak.agent.restore), RESTORE_SORTING);
	CHECK_INT(agent_kit_state(&ak, own), ITEM_INTENT);
	CHECK_INT(agent_kit_state(&ak, FIRST + 1), ITEM_QUEUED);
	CHECK_INT(agent_kit_state(&ak, FIRST + theirs), ITEM_QUEUED);
	agent_kit_close(&ak);
}
