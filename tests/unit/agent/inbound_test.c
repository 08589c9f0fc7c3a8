/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a mail that came in means for one that went out, and that it is told once. */
#include "inbound.h"

#include "agent_kit.h"
#include "base/id.h"
#include "letters.h"
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
	struct inbound list[] = { { .uid = 7, .digest = "aa", .fact = fact(FACT_REPLIED) },
		{ .uid = 8, .digest = "bb", .fact = fact(FACT_COMPLAINED) } };
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
	struct inbound one = { .uid = 1, .digest = "cc", .fact = fact(FACT_BOUNCED) };
	struct inbound_batch b = { KIT_ADDRESS, "INBOX", 5, 1, &one, 1 };
	struct wire_fact last;

	agent_kit_open(sc, kit, &ak);
	agent_kit_write(&ak, bounce, NULL);
	NEED(inbound_store(&ak.scope, &b) == ERR_NONE);
	CHECK_INT(agent_kit_last_fact(&ak, &last), FACT_BOUNCED);
	CHECK_INT(last.seq, 1);
	agent_kit_close(&ak);
}

/* ---- what they say ---- */

SQL(test_fill, SQL_ENGINE,
	"INSERT INTO letter (object, at, size, stored, body) VALUES ($1, 0, $2, $3, '')");

struct filler {
	const char *object;
	int64_t size, stored;
};

static enum err fill(struct scope *sc, void *arg)
{
	const struct filler *f = arg;

	return db_run(sc, &test_fill, BIND(V(f->object), V(f->size), V(f->stored)), NULL);
}

static struct inbound answer_of(struct scope *sc, const char *digest, const char *text)
{
	const struct box_mail m = { .kind = BOX_REPLY, .from = "bob@example.net", .text = text };
	const struct wire_fact f = fact(FACT_REPLIED);

	return (struct inbound){
		.uid = 1, .digest = digest, .fact = f, .letter = inbound_letter(sc, &m, &f)
	};
}

static const char *due(struct agent_kit *ak, struct wire_letter *m)
{
	struct letter_due d;

	kit_ok(__FILE__, __LINE__, "due", &ak->scope,
		letters_due(&ak->scope, outbox_acked(ak->agent.outbox), &d));
	if (d.object && m)
		kit_ok(__FILE__, __LINE__, "letter", &ak->scope,
			wire_get_letter(&ak->scope, d.body, m));
	return d.object;
}

static void acknowledge(struct agent_kit *ak, int64_t mark)
{
	const struct wire_ack ack = { .epoch = outbox_epoch(ak->agent.outbox), .mark = mark };
	enum outbox_ack answer;

	kit_ok(__FILE__, __LINE__, "ack", &ak->scope,
		outbox_ack(&ak->scope, ak->agent.outbox, &ack, &answer));
}

TEST(words_follow_the_fact_that_names_them_and_again_when_the_hub_was_restored)
{
	struct agent_kit ak;
	struct inbound one = answer_of(sc, "aa", "Gladly!\tCall\x1b me.\n");
	struct inbound_batch b = { KIT_ADDRESS, "INBOX", 5, 1, &one, 1 };
	struct wire_letter m = { 0 };
	struct wire_fact last;
	const char *object;

	agent_kit_open(sc, kit, &ak);
	NEED(inbound_store(&ak.scope, &b) == ERR_NONE);
	NEED(agent_kit_last_fact(&ak, &last) == FACT_REPLIED && last.object != NULL);
	CHECK(due(&ak, NULL) == NULL);
	acknowledge(&ak, 1);
	object = due(&ak, &m);
	CHECK_TEXT(object, last.object);
	CHECK_INT(m.message, OURS);
	CHECK_TEXT(m.from, "bob@example.net");
	CHECK_TEXT(m.text, "Gladly! Call  me.\n");
	CHECK(!m.cut);
	NEED(letters_stored(&ak.scope, object) == ERR_NONE);
	CHECK(due(&ak, NULL) == NULL);
	acknowledge(&ak, 0);
	acknowledge(&ak, 1);
	CHECK_TEXT(due(&ak, NULL), object);
	agent_kit_close(&ak);
}

TEST(only_answers_send_their_words_and_no_more_than_a_letter_holds)
{
	char *text = arena_alloc(sc->mem, WIRE_MAX_WORDS + 2);
	struct box_mail m = { .kind = BOX_REPLY, .subject = "a\nb", .text = text };
	struct wire_fact f = fact(FACT_BOUNCED);
	struct wire_letter l = { 0 };

	for (size_t i = 0; i < WIRE_MAX_WORDS; i++)
		text[i] = '"';
	memcpy(text + WIRE_MAX_WORDS - 1, "\xc3\xbc", 3);
	CHECK_INT((int64_t)inbound_letter(sc, &m, &f).len, 0);
	f.kind = FACT_AUTO_REPLIED;
	OK(wire_get_letter(sc, inbound_letter(sc, &m, &f), &l));
	CHECK(l.cut);
	CHECK_INT((int64_t)strlen(l.text), WIRE_MAX_WORDS - 1);
	CHECK_TEXT(l.subject, "a b");
}

TEST(where_letters_are_full_the_fact_goes_without_and_stored_ones_make_room)
{
	struct agent_kit ak;
	struct inbound one = answer_of(sc, "aa", "One"), two = answer_of(sc, "bb", "Two");
	struct inbound_batch b = { KIT_ADDRESS, "INBOX", 5, 1, &one, 1 };
	struct filler full = { "x", LETTERS_MOST, 0 };
	struct wire_fact last;

	agent_kit_open(sc, kit, &ak);
	agent_kit_write(&ak, fill, &full);
	NEED(inbound_store(&ak.scope, &b) == ERR_NONE);
	NEED(agent_kit_last_fact(&ak, &last) == FACT_REPLIED);
	CHECK(last.object == NULL);
	NEED(letters_stored(&ak.scope, "x") == ERR_NONE);
	b.list = &two;
	NEED(inbound_store(&ak.scope, &b) == ERR_NONE);
	NEED(agent_kit_last_fact(&ak, &last) == FACT_REPLIED);
	CHECK(last.object != NULL);
	agent_kit_close(&ak);
}
