/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What an agent says of its spool to a hub that was restored from a copy. */
#include "account.h"

#include "agent_kit.h"
#include "base/id.h"
#include "outbox.h"
#include "outcome.h"

static enum err intend(struct scope *sc, void *arg)
{
	const int64_t *id = arg;
	bool moved;

	return spool_intend(sc, *id, &moved);
}

static enum err found(struct scope *sc, void *arg)
{
	const int64_t *id = arg;

	return outcome_found(sc, *id, "4XyZ");
}

static struct wire_events batch(struct agent_kit *ak)
{
	struct scope *sc = &ak->scope;
	struct wire_events b;

	outbox_restart(ak->agent.outbox);
	OK(outbox_batch(sc, ak->agent.outbox, &b));
	return b;
}

TEST(each_mail_of_the_spool_is_named_once_and_the_number_comes_last)
{
	struct wire_events b;
	struct wire_item item;
	struct agent_kit ak;
	int64_t id;

	agent_kit_open(sc, kit, &ak);
	for (id = 1; id <= 3; id++) {
		item = agent_kit_put(&ak, id);
		CHECK_INT(agent_kit_take(&ak, &item), TAKEN_STORED);
	}
	agent_kit_write(&ak, intend, &(int64_t){ 2 });
	agent_kit_write(&ak, intend, &(int64_t){ 3 });
	agent_kit_write(&ak, found, &(int64_t){ 3 });
	/* Nothing is asked with 0. */
	OK(account_give(&ak.scope, 0));
	CHECK_INT(batch(&ak).count, 1);
	OK(account_give(&ak.scope, 4711));
	OK(account_give(&ak.scope, 4711));
	b = batch(&ak);
	NEED(b.count == 4);
	CHECK_INT(b.facts[0].kind, FACT_QUEUED);
	CHECK_TEXT(b.facts[0].text, id_format(sc->mem, ID_MAILBOX, KIT_MAILBOX));
	CHECK_INT(b.facts[1].kind, FACT_HELD);
	CHECK_INT(b.facts[1].message, 1);
	CHECK_TEXT(b.facts[1].text, id_format(sc->mem, ID_MAILBOX, KIT_MAILBOX));
	CHECK_INT(b.facts[2].kind, FACT_HELD);
	CHECK_INT(b.facts[2].message, 2);
	CHECK_INT(b.facts[3].kind, FACT_ACCOUNTED);
	CHECK_TEXT(b.facts[3].text, "4711");
	/* Another restore asks again. */
	OK(account_give(&ak.scope, 4712));
	CHECK_INT(batch(&ak).count, 7);
	agent_kit_close(&ak);
}
