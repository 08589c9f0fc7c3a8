/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a mail that came in means for one that went out, and that it is told once. */
#include "inbound.h"

#include "agent_kit.h"
#include "base/id.h"
#include "outbox.h"

#define OURS INT64_C(0x1234567890abc)

static const char *rfc_id(struct scope *sc)
{
	return arena_printf(sc->mem, "%s@example.com", id_format(sc->mem, ID_MESSAGE, OURS));
}

TEST(an_answer_is_matched_by_what_it_answers_or_by_where_it_came)
{
	const char *answers[] = { "somebody@else.example", rfc_id(sc) };
	struct box_mail m = { .kind = BOX_REPLY, .answers = answers, .answer_count = 2 };
	struct wire_fact f = inbound_fact(sc, &m);

	CHECK_INT(f.kind, FACT_REPLIED);
	CHECK_INT(f.message, OURS);
	m = (struct box_mail){
		.kind = BOX_AUTO_REPLY, .sign = "subject", .to = spool_sender(sc, OURS, KIT_ADDRESS)
	};
	f = inbound_fact(sc, &m);
	CHECK_INT(f.kind, FACT_AUTO_REPLIED);
	CHECK_INT(f.message, OURS);
	CHECK_TEXT(f.text, "subject");
}

TEST(what_is_about_none_of_ours_is_only_received)
{
	const char *answers[] = { "msg_nonsense@example.com" };
	struct box_mail m = { .kind = BOX_REPLY, .answers = answers, .answer_count = 1 };
	struct wire_fact f = inbound_fact(sc, &m);

	CHECK_INT(f.kind, FACT_RECEIVED);
	CHECK_INT(f.message, 0);
	CHECK_TEXT(f.text, "reply");
	f = inbound_fact(sc, NULL);
	CHECK_INT(f.kind, FACT_RECEIVED);
	CHECK_TEXT(f.text, "unreadable");
}

TEST(a_report_tells_of_the_one_that_failed)
{
	struct box_recipient people[] = { { .action = "delayed", .status = "4.4.1" },
		{ .action = "failed",
			.status = "5.1.1",
			.diagnostic = "smtp; 550 5.1.1 No such user" } };
	struct box_mail m = {
		.kind = BOX_BOUNCE, .original_id = rfc_id(sc), .people = people, .people_count = 2
	};
	struct wire_fact f = inbound_fact(sc, &m);

	CHECK_INT(f.kind, FACT_BOUNCED);
	CHECK_INT(f.message, OURS);
	CHECK_INT(f.code, 550);
	CHECK_TEXT(f.status, "5.1.1");
	CHECK_TEXT(f.text, "550 5.1.1 No such user");
	/* Given up after trying for days: the address may well exist. */
	people[1] = (struct box_recipient){ .action = "failed", .status = "4.4.1" };
	CHECK_INT(inbound_fact(sc, &m).kind, FACT_EXPIRED);
}

static struct wire_fact fact(enum fact kind)
{
	return (struct wire_fact){ .kind = kind, .message = OURS };
}

static enum err bounce(struct scope *sc, void *arg)
{
	struct wire_fact f = fact(FACT_BOUNCED);

	return outbox_add(sc, &f);
}

TEST(a_mail_is_told_of_once_however_its_mailbox_is_numbered)
{
	struct agent_kit ak;
	struct inbound list[] = { { 7, "aa", fact(FACT_REPLIED) },
		{ 8, "bb", fact(FACT_COMPLAINED) } };
	struct inbound_batch b = { KIT_ADDRESS, "INBOX", 5, 8, list, 2 };
	struct inbound_mark *marks;
	struct wire_fact last;
	size_t n;

	agent_kit_open(sc, kit, &ak);
	kit_ok(__FILE__, __LINE__, "store", &ak.scope, inbound_store(&ak.scope, &b));
	CHECK_INT(agent_kit_last_fact(&ak, &last), FACT_COMPLAINED);
	CHECK_INT(last.seq, 2);
	CHECK_TEXT(last.hash, "bb");
	agent_kit_restart(&ak);
	NEED(inbound_marks(&ak.scope, &marks, &n) == ERR_NONE && n == 1);
	CHECK_INT(marks[0].uid, 8);
	CHECK_INT(marks[0].validity, 5);
	CHECK_TEXT(marks[0].folder, "INBOX");
	/* The mailbox was set up anew. */
	b.validity = 6;
	list[0].uid = 1;
	b.uid = list[1].uid = 2;
	NEED(inbound_store(&ak.scope, &b) == ERR_NONE);
	CHECK_INT(agent_kit_last_fact(&ak, &last), FACT_COMPLAINED);
	CHECK_INT(last.seq, 2);
	NEED(inbound_marks(&ak.scope, &marks, &n) == ERR_NONE && n == 1);
	CHECK_INT(marks[0].uid, 2);
	agent_kit_close(&ak);
}

TEST(a_notice_of_what_the_log_has_told_says_nothing_new)
{
	struct agent_kit ak;
	struct inbound one = { 1, "cc", fact(FACT_BOUNCED) };
	struct inbound_batch b = { KIT_ADDRESS, "INBOX", 5, 1, &one, 1 };
	struct wire_fact last;

	agent_kit_open(sc, kit, &ak);
	agent_kit_write(&ak, bounce, NULL);
	NEED(inbound_store(&ak.scope, &b) == ERR_NONE);
	CHECK_INT(agent_kit_last_fact(&ak, &last), FACT_BOUNCED);
	CHECK_INT(last.seq, 1);
	agent_kit_close(&ak);
}
