/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "agent_kit.h"

#include "intake.h"
#include "outbox.h"
#include "outcome.h"

#define ID INT64_C(4711)

static enum err intend(struct scope *sc, void *arg)
{
	bool moved;
	enum err e = spool_intend(sc, ID, &moved);

	CHECK(e || moved);
	return e;
}

static enum err found(struct scope *sc, void *arg)
{
	return outcome_found(sc, ID, "4bXyZ1");
}

static enum err unsent(struct scope *sc, void *arg)
{
	return outcome_unsent(sc, ID, "expired");
}

static enum err done(struct scope *sc, void *arg)
{
	bool gone;

	return spool_end(sc, ID, TAKEN_DONE, &gone);
}

static enum err tidy(struct scope *sc, void *arg)
{
	return spool_tidy(sc);
}

TEST(a_mail_that_comes_twice_is_stored_once)
{
	struct agent_kit ak;
	struct wire_item put;
	int64_t n;

	agent_kit_open(sc, kit, &ak);
	put = agent_kit_put(&ak, ID);
	CHECK_INT(agent_kit_take(&ak, &put), TAKEN_STORED);
	CHECK_INT(agent_kit_take(&ak, &put), TAKEN_STORED);
	CHECK_INT(ak.agent.taken, 1);
	OK(spool_count(&ak.scope, ITEM_WAITING, &n));
	CHECK_INT(n, 1);
	agent_kit_restart(&ak);
	CHECK_INT(ak.agent.taken, 1);
	CHECK_INT(agent_kit_take(&ak, &put), TAKEN_STORED);
	CHECK_INT(ak.agent.taken, 1);
	agent_kit_close(&ak);
}

TEST(a_mail_that_is_done_is_never_stored_again)
{
	struct agent_kit ak;
	struct wire_item put;

	agent_kit_open(sc, kit, &ak);
	put = agent_kit_put(&ak, ID);
	agent_kit_take(&ak, &put);
	agent_kit_write(&ak, intend, NULL);
	agent_kit_write(&ak, found, NULL);
	put.not_after += HOUR_MS;
	CHECK_INT(agent_kit_take(&ak, &put), TAKEN_STORED);
	CHECK_INT(agent_kit_state(&ak, ID), ITEM_QUEUED);
	agent_kit_write(&ak, done, NULL);
	CHECK_INT(agent_kit_take(&ak, &put), TAKEN_STORED);
	CHECK_INT(agent_kit_state(&ak, ID), -1);
	CHECK_INT(ak.agent.taken, 1);
	agent_kit_close(&ak);
}

TEST(what_is_not_wanted_is_refused_with_its_reason)
{
	static const struct {
		const char *to;
		int64_t mailbox, not_after;
		const char *reason;
	} cases[] = {
		{ "gr\xc3\xbc\xc3\x9f@example.net", KIT_MAILBOX, INT64_MAX, "address" },
		{ "bob@example.net", KIT_MAILBOX + 1, INT64_MAX, "mailbox" },
		{ "bob@example.net", KIT_MAILBOX, 1, "expired" },
	};
	struct agent_kit ak;

	agent_kit_open(sc, kit, &ak);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct wire_item put = agent_kit_put(&ak, ID);
		struct wire_taken answer;

		put.to = cases[i].to;
		put.mailbox = cases[i].mailbox;
		put.not_after = cases[i].not_after;
		OK(intake_work(&ak.scope, &(struct wire_work){ 1, &put, 1 }, &answer));
		CHECK_INT(answer.answers[0].answer, TAKEN_REFUSED);
		CHECK_TEXT(answer.answers[0].reason, cases[i].reason);
		CHECK_INT(agent_kit_state(&ak, ID), -1);
	}
	CHECK_INT(ak.agent.taken, 0);
	agent_kit_close(&ak);
}

TEST(a_recall_gets_back_what_waits_and_only_that)
{
	struct agent_kit ak;
	struct wire_item put, recall = { .kind = WORK_RECALL, .id = ID };

	agent_kit_open(sc, kit, &ak);
	put = agent_kit_put(&ak, ID);
	agent_kit_take(&ak, &put);
	CHECK_INT(agent_kit_take(&ak, &recall), TAKEN_RECALLED);
	CHECK_INT(agent_kit_state(&ak, ID), -1);
	/* Both again, as the hub repeats them when the answer got lost. */
	CHECK_INT(agent_kit_take(&ak, &recall), TAKEN_RECALLED);
	CHECK_INT(agent_kit_take(&ak, &put), TAKEN_RECALLED);
	/* A new lease is another matter. */
	put.not_after++;
	CHECK_INT(agent_kit_take(&ak, &put), TAKEN_STORED);
	agent_kit_write(&ak, intend, NULL);
	agent_kit_write(&ak, found, NULL);
	CHECK_INT(agent_kit_take(&ak, &recall), TAKEN_TOO_LATE);
	agent_kit_close(&ak);
}

static enum err put_off(struct scope *sc, void *arg)
{
	return spool_again(sc, ID, 0);
}

/* Whether it is too late nobody knows while Postfix is asked: it may put the mail off. */
TEST(a_recall_of_a_mail_in_the_making_is_answered_when_it_is_known)
{
	struct agent_kit ak;
	struct wire_item put, recall = { .kind = WORK_RECALL, .id = ID };
	struct wire_taken answer;

	agent_kit_open(sc, kit, &ak);
	put = agent_kit_put(&ak, ID);
	agent_kit_take(&ak, &put);
	agent_kit_write(&ak, intend, NULL);
	OK(intake_work(&ak.scope, &(struct wire_work){ 1, &recall, 1 }, &answer));
	CHECK_INT(answer.count, 0);
	CHECK_INT(agent_kit_state(&ak, ID), ITEM_INTENT);
	agent_kit_write(&ak, put_off, NULL);
	CHECK_INT(agent_kit_take(&ak, &recall), TAKEN_RECALLED);
	CHECK_INT(agent_kit_state(&ak, ID), -1);
	agent_kit_close(&ak);
}

TEST(a_recall_that_overtakes_its_mail_holds)
{
	struct agent_kit ak;
	struct wire_item put, recall = { .kind = WORK_RECALL, .id = ID };

	agent_kit_open(sc, kit, &ak);
	put = agent_kit_put(&ak, ID);
	CHECK_INT(agent_kit_take(&ak, &recall), TAKEN_RECALLED);
	CHECK_INT(agent_kit_take(&ak, &put), TAKEN_RECALLED);
	CHECK_INT(agent_kit_state(&ak, ID), -1);
	recall.id = ID + 1;
	recall.not_after = put.not_after;
	put.id = ID + 1;
	CHECK_INT(agent_kit_take(&ak, &recall), TAKEN_RECALLED);
	CHECK_INT(agent_kit_take(&ak, &put), TAKEN_RECALLED);
	put.not_after++;
	CHECK_INT(agent_kit_take(&ak, &put), TAKEN_STORED);
	agent_kit_close(&ak);
}

TEST(an_unsent_mail_is_not_taken_again_under_the_same_lease)
{
	struct agent_kit ak;
	struct wire_item put, recall = { .kind = WORK_RECALL, .id = ID };

	agent_kit_open(sc, kit, &ak);
	put = agent_kit_put(&ak, ID);
	agent_kit_take(&ak, &put);
	agent_kit_write(&ak, unsent, NULL);
	CHECK_INT(agent_kit_last_fact(&ak, NULL), FACT_UNSENT);
	CHECK_INT(agent_kit_take(&ak, &put), TAKEN_REFUSED);
	CHECK_INT(agent_kit_take(&ak, &recall), TAKEN_RECALLED);
	put.not_after += HOUR_MS;
	CHECK_INT(agent_kit_take(&ak, &put), TAKEN_STORED);
	agent_kit_close(&ak);
}

TEST(ids_are_remembered_for_thirty_days_and_no_longer)
{
	struct agent_kit ak;
	struct wire_item put;
	enum taken_state state;

	agent_kit_open(sc, kit, &ak);
	put = agent_kit_put(&ak, ID);
	agent_kit_take(&ak, &put);
	agent_kit_write(&ak, unsent, NULL);
	kit->real_ms += 30 * DAY_MS;
	agent_kit_write(&ak, tidy, NULL);
	OK(spool_taken(&ak.scope, ID, &state));
	kit->real_ms += 1;
	agent_kit_write(&ak, tidy, NULL);
	CHECK_INT(spool_taken(&ak.scope, ID, &state), ERR_MISSING);
	agent_kit_close(&ak);
}

TEST(the_sender_names_the_message_and_nothing_else_does)
{
	const char *sender = spool_sender(sc, ID, KIT_ADDRESS);

	CHECK(str_ends(sender, "@example.com"));
	CHECK_INT(spool_sender_id(sc, sender), ID);
	CHECK_INT(spool_sender_id(sc, "b+msg_1@example.com"), 0);
	CHECK_INT(spool_sender_id(sc, KIT_ADDRESS), 0);
	CHECK_INT(spool_sender_id(sc, ""), 0);
	CHECK_INT(spool_sender_id(sc, NULL), 0);
}
