/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "agent_kit.h"

#include "outbox.h"

static enum err add_ten(struct scope *sc, void *arg)
{
	enum err e = ERR_NONE;

	for (int i = 0; i < 10 && !e; i++)
		e = outbox_add(sc, &(struct wire_fact){ .kind = FACT_QUEUED, .message = 1 + i });
	return e;
}

static enum err add_and_fail(struct scope *sc, void *arg)
{
	enum err e = add_ten(sc, arg);

	return e ? e : fail(sc, ERR_CONFLICT, "on purpose");
}

static enum err add_long(struct scope *sc, void *arg)
{
	return outbox_add(sc, &(struct wire_fact){ .kind = FACT_HEALTH, .text = arg });
}

static size_t batch(struct agent_kit *ak, int64_t first, int64_t last)
{
	struct scope *sc = &ak->scope;
	struct wire_events b;

	OK(outbox_batch(sc, ak->agent.outbox, &b));
	if (b.count) {
		struct wire_events back;

		CHECK_INT(b.first, first);
		CHECK_INT(b.last, last);
		OK(wire_get_event(sc, wire_put_event(sc, &b), &back));
	}
	return b.count;
}

static enum outbox_ack ack(struct agent_kit *ak, int64_t mark)
{
	struct scope *sc = &ak->scope;
	enum outbox_ack answer = OUTBOX_ACK_FOREIGN;

	OK(outbox_ack(sc, ak->agent.outbox,
		&(struct wire_ack){ .epoch = outbox_epoch(ak->agent.outbox), .mark = mark },
		&answer));
	return answer;
}

TEST(facts_go_up_until_they_are_acknowledged)
{
	struct agent_kit ak;

	agent_kit_open(sc, kit, &ak);
	CHECK_INT(batch(&ak, 0, 0), 0);
	agent_kit_write(&ak, add_ten, NULL);
	CHECK_INT(batch(&ak, 1, 10), 10);
	CHECK_INT(batch(&ak, 0, 0), 0);
	agent_kit_write(&ak, add_ten, NULL);
	/* One batch at a time; after its answer the next. */
	CHECK_INT(batch(&ak, 0, 0), 0);
	CHECK_INT(ack(&ak, 10), OUTBOX_ACK_TAKEN);
	CHECK_INT(batch(&ak, 11, 20), 10);
	outbox_restart(ak.agent.outbox);
	CHECK_INT(batch(&ak, 11, 20), 10);
	CHECK_INT(ack(&ak, 15), OUTBOX_ACK_TAKEN);
	CHECK_INT(outbox_waiting(ak.agent.outbox), 5);
	agent_kit_close(&ak);
}

TEST(numbers_of_a_write_that_failed_are_used_again)
{
	struct agent_kit ak;

	agent_kit_open(sc, kit, &ak);
	CHECK_INT(outbox_write(&ak.scope, add_and_fail, NULL), ERR_CONFLICT);
	CHECK_INT(outbox_next(ak.agent.outbox), 1);
	agent_kit_write(&ak, add_ten, NULL);
	CHECK_INT(outbox_next(ak.agent.outbox), 11);
	agent_kit_restart(&ak);
	CHECK_INT(outbox_next(ak.agent.outbox), 11);
	CHECK_INT(batch(&ak, 1, 10), 10);
	agent_kit_close(&ak);
}

TEST(an_acknowledgement_may_go_back)
{
	struct agent_kit ak;

	agent_kit_open(sc, kit, &ak);
	agent_kit_write(&ak, add_ten, NULL);
	batch(&ak, 1, 10);
	ack(&ak, 10);
	CHECK_INT(ack(&ak, 3), OUTBOX_ACK_TAKEN);
	CHECK_INT(batch(&ak, 4, 10), 7);
	agent_kit_restart(&ak);
	CHECK_INT(batch(&ak, 4, 10), 7);
	agent_kit_close(&ak);
}

TEST(acknowledged_facts_are_kept_for_seven_days)
{
	struct agent_kit ak;
	int64_t first;

	agent_kit_open(sc, kit, &ak);
	agent_kit_write(&ak, add_ten, NULL);
	ack(&ak, 6);
	OK(outbox_tidy(&ak.scope, ak.agent.outbox));
	kit->real_ms += 7 * DAY_MS;
	ack(&ak, 7);
	OK(outbox_tidy(&ak.scope, ak.agent.outbox));
	OK(outbox_first_kept(&ak.scope, ak.agent.outbox, &first));
	CHECK_INT(first, 1);
	kit->real_ms += HOUR_MS;
	ack(&ak, 8);
	OK(outbox_tidy(&ak.scope, ak.agent.outbox));
	OK(outbox_first_kept(&ak.scope, ak.agent.outbox, &first));
	CHECK_INT(first, 7);
	/* What is gone cannot be asked for; what is there still can. */
	CHECK_INT(ack(&ak, 3), OUTBOX_ACK_TOO_OLD);
	CHECK_INT(batch(&ak, 7, 10), 4);
	agent_kit_close(&ak);
}

TEST(facts_that_nobody_acknowledged_are_never_forgotten)
{
	struct agent_kit ak;
	int64_t first;

	agent_kit_open(sc, kit, &ak);
	agent_kit_write(&ak, add_ten, NULL);
	for (int day = 0; day < 40; day++) {
		kit->real_ms += DAY_MS;
		ack(&ak, 1);
		OK(outbox_tidy(&ak.scope, ak.agent.outbox));
	}
	OK(outbox_first_kept(&ak.scope, ak.agent.outbox, &first));
	CHECK(first <= 2);
	agent_kit_close(&ak);
}

TEST(foreign_and_impossible_acknowledgements_change_nothing)
{
	struct agent_kit ak;
	enum outbox_ack answer;

	agent_kit_open(sc, kit, &ak);
	agent_kit_write(&ak, add_ten, NULL);
	CHECK_INT(ack(&ak, 11), OUTBOX_ACK_AHEAD);
	OK(outbox_ack(&ak.scope, ak.agent.outbox, &(struct wire_ack){ .epoch = 12345, .mark = 10 },
		&answer));
	CHECK_INT(answer, OUTBOX_ACK_FOREIGN);
	CHECK_INT(outbox_waiting(ak.agent.outbox), 10);
	agent_kit_close(&ak);
}

TEST(a_batch_fits_into_a_packet_whatever_its_texts)
{
	struct agent_kit ak;
	char *text = arena_alloc(sc->mem, 2001);
	size_t sent = 0;

	agent_kit_open(sc, kit, &ak);
	memset(text, '"', 2000);
	for (int i = 0; i < 400; i++)
		agent_kit_write(&ak, add_long, text);
	while (sent < 400) {
		struct wire_events b;
		struct bytes bytes;

		OK(outbox_batch(&ak.scope, ak.agent.outbox, &b));
		NEED(b.count > 0);
		bytes = wire_put_event(&ak.scope, &b);
		CHECK(bytes.len <= WIRE_MAX_PACKET);
		sent += b.count;
		ack(&ak, b.last);
	}
	agent_kit_close(&ak);
}
