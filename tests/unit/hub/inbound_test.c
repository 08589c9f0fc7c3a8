/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Answers and complaints that came by mail: what they do to the campaign and to the person. */
#include "company_kit.h"

#include "audience/contact.h"
#include "audience/suppression.h"
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
