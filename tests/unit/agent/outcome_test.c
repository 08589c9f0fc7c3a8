/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "agent_kit.h"

#include "base/out.h"
#include "explain.h"
#include "outbox.h"
#include "outcome.h"

#define ID INT64_C(4711)

static enum err intend(struct scope *sc, void *arg)
{
	bool moved;

	return spool_intend(sc, ID, &moved);
}

static enum err injected(struct scope *sc, void *arg)
{
	return outcome_injected(sc, arg);
}

static enum err logged(struct scope *sc, void *arg)
{
	const char *text = arg;
	struct logline line;

	logline_parse(sc, text, strlen(text), &line);
	return line.kind == LOGLINE_OTHER ? ERR_NONE : outcome_logged(sc, &line);
}

/* A mail in the hands of an injector. */
static void begin(struct scope *sc, struct kit *kit, struct agent_kit *ak)
{
	struct wire_item put;

	agent_kit_open(sc, kit, ak);
	put = agent_kit_put(ak, ID);
	agent_kit_take(ak, &put);
	agent_kit_write(ak, intend, NULL);
}

static void say(struct agent_kit *ak, const char *what)
{
	const char *sender = spool_sender(&ak->scope, ID, KIT_ADDRESS);

	agent_kit_write(ak, logged,
		arena_printf(ak->scope.mem, "Nov 22 15:00:00 mail postfix/%s%s", what,
			str_ends(what, "from=<")
				? arena_printf(ak->scope.mem, "%s>, size=1 (queue active)", sender)
				: ""));
}

#define QMGR_HAS   "qmgr[1]: 4bXyZ1: from=<"
#define SENT       "smtp[2]: 4bXyZ1: to=<bob@example.net>, dsn=2.0.0, status=sent (250 2.0.0 Ok)"
#define DEFERRED   "smtp[2]: 4bXyZ1: to=<bob@example.net>, dsn=4.2.0, status=deferred (said: 450 x)"
#define BOUNCED    "smtp[2]: 4bXyZ1: to=<bob@example.net>, dsn=5.1.1, status=bounced (said: 550 x)"
#define REMOVED    "qmgr[1]: 4bXyZ1: removed"
#define UNTO_OTHER "smtp[2]: 4bXyZ2: to=<bob@example.net>, dsn=2.0.0, status=sent (250 Ok)"

static struct injection result(enum smtp_outcome outcome)
{
	return (struct injection){
		.id = ID, .outcome = outcome, .code = 250, .queue_id = "4bXyZ1", .text = "said so"
	};
}

TEST(a_mail_goes_from_the_injector_to_its_delivery)
{
	struct agent_kit ak;
	struct injection i = result(SMTP_QUEUED);
	struct wire_fact fact;

	begin(sc, kit, &ak);
	agent_kit_write(&ak, injected, &i);
	CHECK_INT(agent_kit_last_fact(&ak, &fact), FACT_QUEUED);
	CHECK_TEXT(fact.queue_id, "4bXyZ1");
	say(&ak, QMGR_HAS);
	say(&ak, DEFERRED);
	CHECK_INT(agent_kit_last_fact(&ak, &fact), FACT_DEFERRED);
	CHECK_INT(fact.code, 450);
	say(&ak, UNTO_OTHER);
	CHECK_INT(agent_kit_state(&ak, ID), ITEM_QUEUED);
	say(&ak, SENT);
	CHECK_INT(agent_kit_last_fact(&ak, &fact), FACT_DELIVERED);
	CHECK_TEXT(fact.status, "2.0.0");
	say(&ak, REMOVED);
	say(&ak, SENT);
	CHECK_INT(outbox_next(ak.agent.outbox), 4);
	CHECK_INT(agent_kit_state(&ak, ID), -1);
	agent_kit_close(&ak);
}

TEST(the_log_may_be_faster_than_the_injector)
{
	struct agent_kit ak;
	struct injection i = result(SMTP_QUEUED);

	begin(sc, kit, &ak);
	say(&ak, QMGR_HAS);
	CHECK_INT(agent_kit_last_fact(&ak, NULL), FACT_QUEUED);
	say(&ak, BOUNCED);
	agent_kit_write(&ak, injected, &i);
	CHECK_INT(agent_kit_last_fact(&ak, NULL), FACT_BOUNCED);
	CHECK_INT(outbox_next(ak.agent.outbox), 3);
	agent_kit_close(&ak);
}

TEST(every_answer_of_postfix_has_its_consequence)
{
	static const struct {
		enum smtp_outcome outcome;
		bool late;
		int state;
		enum fact fact;
	} rows[] = {
		{ SMTP_QUEUED, false, ITEM_QUEUED, FACT_QUEUED },
		{ SMTP_REFUSED, false, -1, FACT_FAILED },
		{ SMTP_DEFERRED, false, ITEM_WAITING, 0 },
		{ SMTP_UNKNOWN, false, ITEM_INTENT, 0 },
		{ SMTP_QUEUED, true, -1, FACT_UNSENT },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct injection r = result(rows[i].outcome);
		struct agent_kit ak;
		struct spool_item item;

		begin(sc, kit, &ak);
		r.late = rows[i].late;
		agent_kit_write(&ak, injected, &r);
		CHECK_INT(agent_kit_state(&ak, ID), rows[i].state);
		CHECK_INT(agent_kit_last_fact(&ak, NULL), rows[i].fact);
		if (rows[i].outcome == SMTP_UNKNOWN) {
			OK(spool_find(&ak.scope, ID, &item));
			CHECK(item.answered);
		}
		agent_kit_close(&ak);
	}
}

TEST(a_mail_that_leaves_the_queue_without_a_word_is_unknown)
{
	struct agent_kit ak;
	struct injection i = result(SMTP_QUEUED);

	begin(sc, kit, &ak);
	agent_kit_write(&ak, injected, &i);
	say(&ak, REMOVED);
	CHECK_INT(agent_kit_last_fact(&ak, NULL), FACT_UNKNOWN);
	agent_kit_close(&ak);
}

TEST(a_sender_of_another_domain_proves_nothing)
{
	struct agent_kit ak;

	begin(sc, kit, &ak);
	agent_kit_write(&ak, logged,
		arena_printf(sc->mem,
			"Nov 22 15:00:00 mail postfix/qmgr[1]: 4bXyZ1: from=<%s>, size=1 (queue "
			"active)",
			spool_sender(sc, ID, "x@example.org")));
	CHECK_INT(agent_kit_state(&ak, ID), ITEM_INTENT);
	agent_kit_close(&ak);
}

TEST(explain_names_what_holds_a_mail_and_tells_the_history_of_one_that_is_gone)
{
	struct agent_kit ak;
	struct injection i = result(SMTP_QUEUED);
	struct wire_item put;
	const char *id;
	struct out o;

	begin(sc, kit, &ak);
	id = arena_copy(sc->mem, spool_sender(sc, ID + 1, KIT_ADDRESS) + 2, 17);
	put = agent_kit_put(&ak, ID + 1);
	put.due = now_plan(sc).ms + HOUR_MS;
	agent_kit_take(&ak, &put);
	out_init(&o, sc->mem);
	OK(explain_message(&ak.scope, id, false, &o));
	CHECK(strstr(o.data, "held by due (set by time); lifts 2026-01-01T01:00:00Z") != NULL);
	out_cut(&o, 0);
	OK(explain_message(&ak.scope, id, true, &o));
	CHECK(strstr(o.data, "\"binding\":{\"limit\":\"due\",\"holds\":true") != NULL);
	agent_kit_write(&ak, injected, &i);
	say(&ak, SENT);
	id = arena_copy(sc->mem, spool_sender(sc, ID, KIT_ADDRESS) + 2, 17);
	out_cut(&o, 0);
	OK(explain_message(&ak.scope, id, false, &o));
	CHECK(strstr(o.data, "delivered 4bXyZ1 2.0.0") != NULL);
	CHECK_INT(explain_message(&ak.scope, "msg_0000000000009", false, &o), ERR_MISSING);
	CHECK_INT(explain_message(&ak.scope, "nonsense", false, &o), ERR_INPUT);
	agent_kit_close(&ak);
}
