/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Answers and complaints that came by mail: what they do to the campaign and to the person. */
#include "company_kit.h"

#include "audience/contact.h"
#include "audience/suppression.h"
#include "campaign/person.h"
#include "crypt/secret.h"
#include "send/letter.h"
#include "send/message.h"

/* Two people whose first mail was delivered; the second mail is two days away. */
static struct mail *under_way(
	struct scope *sc, struct kit *kit, struct company *c, int64_t *campaign)
{
	struct mail *list;
	size_t n;

	*c = company_open(sc, kit);
	company_people(sc, 2);
	*campaign = make_campaign(sc, two_steps, 2);
	OK(campaign_launch(sc, *campaign));
	run_jobs(sc);
	list = mails(sc, *campaign, &n);
	NEED(n == 2);
	for (size_t i = 0; i < n; i++)
		deliver(sc, c, list[i].id, FACT_DELIVERED);
	run_followers(sc);
	CHECK_INT(progress(sc, *campaign).under_way, 2);
	return list;
}

TEST(an_answer_stops_the_sequence_and_counts_once)
{
	struct campaign_progress p;
	struct company c;
	int64_t id;
	const struct mail *list = under_way(sc, kit, &c, &id);

	say(sc, &c, list[0].id, say_report, FACT_REPLIED);
	kit->real_ms += SECOND_MS;
	say(sc, &c, list[0].id, say_report, FACT_REPLIED);
	run_followers(sc);
	p = progress(sc, id);
	CHECK_INT(p.replied, 1);
	CHECK_INT(p.stopped, 1);
	CHECK_INT(p.under_way, 1);
	CHECK_INT(p.delivered, 2);
	NEED(p.stopped_by_count == 1);
	CHECK_TEXT(p.stopped_by[0].kind, "replied");
}

TEST(a_machines_answer_is_noted_and_stops_nothing)
{
	struct campaign_progress p;
	struct company c;
	int64_t id;
	const struct mail *list = under_way(sc, kit, &c, &id);

	say(sc, &c, list[0].id, say_report, FACT_AUTO_REPLIED);
	run_followers(sc);
	p = progress(sc, id);
	CHECK_INT(p.auto_replied, 1);
	CHECK_INT(p.replied, 0);
	CHECK_INT(p.under_way, 2);
}

TEST(a_campaign_may_go_on_after_an_answer)
{
	struct campaign_edit edit = { .name = "Spring", .mailbox_count = 1 };
	struct campaign found;
	struct company c;
	int64_t id;
	const struct mail *list = under_way(sc, kit, &c, &id);

	OK(campaign_find(sc, id, &found));
	CHECK(found.stop_on_reply);
	edit.version = found.version;
	edit.mailboxes = &c.mailbox;
	OK(campaign_edit(sc, id, &edit));
	say(sc, &c, list[0].id, say_report, FACT_REPLIED);
	run_followers(sc);
	CHECK_INT(progress(sc, id).replied, 1);
	CHECK_INT(progress(sc, id).under_way, 2);
}

TEST(who_calls_a_mail_spam_gets_no_more_from_anybody_here)
{
	struct campaign_progress p;
	struct contact who;
	struct message m;
	struct company c;
	const char *reason;
	int64_t id;
	const struct mail *list = under_way(sc, kit, &c, &id);

	say(sc, &c, list[0].id, say_report, FACT_COMPLAINED);
	run_followers(sc);
	run_followers(sc);
	OK(message_find(sc, list[0].id, &m));
	OK(contact_find(sc, m.contact, &who));
	CHECK_TEXT(who.state, "unsubscribed");
	OK(suppression_has(sc, 77, 0, who.email_key, &reason));
	CHECK_TEXT(reason, "complained");
	p = progress(sc, id);
	CHECK_INT(p.complained, 1);
	CHECK_INT(p.stopped, 1);
	NEED(p.stopped_by_count == 1);
	CHECK_TEXT(p.stopped_by[0].kind, "complained");
}

TEST(a_late_report_bounces_what_was_delivered_and_suppresses)
{
	struct campaign_progress p;
	struct contact who;
	struct message m;
	struct company c;
	int64_t id;
	const struct mail *list = under_way(sc, kit, &c, &id);

	say(sc, &c, list[0].id, say_report, FACT_BOUNCED);
	run_followers(sc);
	run_followers(sc);
	p = progress(sc, id);
	CHECK_INT(p.bounced, 1);
	CHECK_INT(p.delivered, 1);
	CHECK_INT(p.under_way, 1);
	OK(message_find(sc, list[0].id, &m));
	OK(contact_find(sc, m.contact, &who));
	CHECK_TEXT(who.state, "bounced");
}

TEST(an_answer_that_another_machine_tells_of_changes_nothing)
{
	struct company c, other;
	int64_t id;
	const struct mail *list = under_way(sc, kit, &c, &id);

	other = c;
	other.appliance += 1;
	say(sc, &other, list[0].id, say_report, FACT_REPLIED);
	run_followers(sc);
	CHECK_INT(progress(sc, id).replied, 0);
	CHECK_INT(progress(sc, id).under_way, 2);
}

/* ---- what they say ---- */

struct answering {
	int64_t appliance;
	struct wire_fact f;
};

static enum err tell(struct scope *sc, void *arg)
{
	const struct answering *a = arg;

	return message_fact(sc, a->appliance, &a->f, false);
}

static const char *name_of(struct scope *sc, struct bytes body)
{
	unsigned char hash[HASH_BYTES];

	sha256(body, hash);
	return str_hex(sc->mem, hash, sizeof hash);
}

/* The fact of an answer to MESSAGE that says BODY. */
static void announce(struct scope *sc, const struct company *c, int64_t message, struct bytes body)
{
	struct answering a = { c->appliance, { .kind = FACT_REPLIED,
						     .message = message,
						     .at = now_real(sc).ms,
						     .hash = name_of(sc, bytes_of("mail", 4)),
						     .object = name_of(sc, body) } };

	OK(db_write(sc, tell, &a));
}

static struct bytes letter(struct scope *sc, int64_t message, const char *text)
{
	const struct wire_letter m = {
		.message = message, .from = "p@x.example", .subject = "Re: Hello", .text = text
	};

	return wire_put_letter(sc, &m);
}

static struct letter *answers(struct scope *sc, int64_t campaign, size_t *n)
{
	struct letter_filter f = { .campaign = campaign, .limit = 10 };
	struct letter *rows = NULL;

	OK(letter_list(sc, &f, &rows, n));
	return rows;
}

static const char *exported(struct scope *sc, int64_t contact)
{
	struct bytes json;

	OK(person_export(sc, contact, &json));
	return arena_copy(sc->mem, json.data, json.len);
}

TEST(words_are_taken_once_from_the_machine_that_told_of_them)
{
	const struct wire_letter *words, *const *said;
	const char *const *details;
	struct event_row *events;
	struct company c;
	struct letter *rows;
	struct bytes body;
	size_t n;
	int64_t id;
	const struct mail *list = under_way(sc, kit, &c, &id);

	body = letter(sc, list[0].id, "Gladly! <b>Call</b> me.");
	CHECK_INT(letter_take(sc, c.appliance, name_of(sc, body), body), ERR_MISSING);
	announce(sc, &c, list[0].id, body);
	CHECK_INT(letter_take(sc, c.appliance + 1, name_of(sc, body), body), ERR_MISSING);
	CHECK_INT(letter_take(sc, c.appliance, name_of(sc, bytes_of("x", 1)), body), ERR_INPUT);
	rows = answers(sc, id, &n);
	NEED(n == 1);
	OK(letter_read(sc, &rows[0], &words));
	CHECK(words == NULL);
	OK(letter_take(sc, c.appliance, name_of(sc, body), body));
	OK(letter_take(sc, c.appliance, name_of(sc, body), body));
	rows = answers(sc, id, &n);
	NEED(n == 1);
	OK(letter_read(sc, &rows[0], &words));
	NEED(words != NULL);
	CHECK_TEXT(words->text, "Gladly! <b>Call</b> me.");
	OK(event_timeline(sc, list[0].id, 0, 1, &events, (const char ***)(uintptr_t)&details, &n));
	OK(letter_of_facts(sc, events, n, &said));
	NEED(n == 1 && said[0] != NULL);
	CHECK_TEXT(said[0]->subject, "Re: Hello");
	CHECK(strstr(exported(sc, rows[0].contact), "Gladly!") != NULL);
}

TEST(words_go_with_the_person_and_none_come_later)
{
	const struct wire_letter *words;
	struct company c;
	struct letter *rows;
	struct bytes first, second;
	size_t n;
	int64_t id;
	const struct mail *list = under_way(sc, kit, &c, &id);

	first = letter(sc, list[0].id, "First");
	second = letter(sc, list[0].id, "Second");
	announce(sc, &c, list[0].id, first);
	announce(sc, &c, list[0].id, second);
	OK(letter_take(sc, c.appliance, name_of(sc, first), first));
	rows = answers(sc, id, &n);
	NEED(n == 2);
	OK(contact_erase(sc, rows[0].contact));
	run_followers(sc);
	OK(letter_read(sc, &rows[1], &words));
	CHECK(strstr(exported(sc, rows[0].contact), "First") == NULL);
	answers(sc, id, &n);
	CHECK_INT((int64_t)n, 0);
	CHECK_INT(letter_take(sc, c.appliance, name_of(sc, second), second), ERR_MISSING);
	announce(sc, &c, list[0].id, second);
	CHECK_INT(letter_take(sc, c.appliance, name_of(sc, second), second), ERR_MISSING);
	run_periodic(sc, "object.expire");
	OK(letter_read(sc, &rows[1], &words));
	CHECK(words == NULL);
}
