/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "campaign/campaign.h"

#include "audience/contact.h"
#include "campaign/person.h"
#include "company_kit.h"
#include "send/message.h"

/* ---- drafts ---- */

TEST(steps_are_kept_as_a_graph_and_read_back)
{
	struct campaign_step *steps;
	int64_t id, copy;
	size_t n;

	company_open(sc, kit);
	id = make_campaign(sc, two_steps, 2);
	OK(campaign_steps(sc, id, &steps, &n));
	NEED(n == 2);
	CHECK_TEXT(steps[0].text, "First");
	CHECK_INT(steps[1].wait, 2 * DAY_MS);
	CHECK_INT(campaign_set_steps(sc, id, 1, two_steps, 1), ERR_CONFLICT);
	OK(campaign_set_steps(sc, id, 2, two_steps, 1));
	OK(campaign_copy(sc, id, &copy));
	OK(campaign_steps(sc, copy, &steps, &n));
	CHECK_INT((int64_t)n, 1);
	OK(campaign_remove(sc, id));
	CHECK_INT(campaign_steps(sc, id, &steps, &n), ERR_NONE);
	CHECK_INT((int64_t)n, 0);
}

TEST(a_template_that_does_not_parse_is_refused_where_it_stands)
{
	struct campaign_step bad[] = { { .subject = "Hi", .text = "ok" },
		{ .wait = 1, .subject = "Hi", .text = "{% if %}" } };
	int64_t id;

	company_open(sc, kit);
	OK(campaign_add(sc, "Spring", &id));
	CHECK_INT(campaign_set_steps(sc, id, 1, bad, 2), ERR_INPUT);
	CHECK_TEXT(sc->field, "steps[1].text");
	bad[0].subject = "";
	CHECK_INT(campaign_set_steps(sc, id, 1, bad, 1), ERR_INPUT);
	CHECK_TEXT(sc->field, "steps[0].subject");
}

static bool finds(const struct finding *list, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].key, key))
			return true;
	return false;
}

TEST(what_speaks_against_a_launch_is_said_and_refuses_it)
{
	struct finding *list;
	int64_t id;
	size_t n;

	kit_hub_store(sc, kit);
	company_workspace(sc);
	OK(campaign_add(sc, "Spring", &id));
	OK(campaign_check(sc, id, &list, &n));
	CHECK(finds(list, n, "no_steps"));
	CHECK(finds(list, n, "no_contacts"));
	CHECK(finds(list, n, "no_mailbox"));
	CHECK(finds(list, n, "no_postal"));
	CHECK(finds(list, n, "no_unsubscribe"));
	CHECK_INT(campaign_launch(sc, id), ERR_CONFLICT);
}

/* ---- a whole one ---- */

TEST(a_campaign_goes_from_launch_to_its_end)
{
	struct company c = company_open(sc, kit);
	struct campaign_progress p;
	struct campaign found;
	struct mail *list;
	struct finding *findings;
	int64_t id;
	size_t n;

	company_people(sc, 3);
	id = make_campaign(sc, two_steps, 2);
	OK(campaign_check(sc, id, &findings, &n));
	CHECK_INT((int64_t)n, 0);
	OK(campaign_launch(sc, id));
	run_jobs(sc);
	p = progress(sc, id);
	CHECK_INT(p.audience, 3);
	CHECK_INT(p.due, 3);
	CHECK_INT(p.planned, 6);
	CHECK_INT(p.rate_day, 30);
	list = mails(sc, id, &n);
	NEED(n == 3);
	deliver(sc, &c, list[0].id, FACT_DELIVERED);
	deliver(sc, &c, list[1].id, FACT_DELIVERED);
	deliver(sc, &c, list[2].id, FACT_BOUNCED);
	run_followers(sc);
	run_jobs(sc);
	p = progress(sc, id);
	CHECK_INT(p.stopped, 1);
	CHECK_INT(p.under_way, 2);
	NEED(p.stopped_by_count == 1);
	CHECK_TEXT(p.stopped_by[0].kind, "bounced");
	CHECK_INT(p.created, 3);
	kit->real_ms += 2 * DAY_MS - 1;
	run_jobs(sc);
	CHECK_INT(progress(sc, id).created, 3);
	kit->real_ms += 1;
	run_jobs(sc);
	list = mails(sc, id, &n);
	NEED(n == 5);
	CHECK(list[3].thread && strstr(list[3].thread, "@acme.example"));
	deliver(sc, &c, list[3].id, FACT_DELIVERED);
	deliver(sc, &c, list[4].id, FACT_EXPIRED);
	run_followers(sc);
	run_jobs(sc);
	p = progress(sc, id);
	CHECK_INT(p.finished, 1);
	CHECK_INT(p.stopped, 2);
	CHECK_INT(p.under_way, 0);
	OK(campaign_find(sc, id, &found));
	CHECK_TEXT(found.state, "finished");
	CHECK_INT(p.left_ms, 0);
}

/* The place in an index of the first mail and person of a campaign; MAIL is an id of one. */
static void places(struct scope *sc, int64_t campaign, int64_t *person, int64_t *mail)
{
	struct message m;
	size_t n;
	struct mail *list = mails(sc, campaign, &n);

	NEED(n == 2);
	OK(message_find(sc, list[0].id, &m));
	CHECK_INT(list[0].id >> 52 == list[1].id >> 52, m.enrolment >> 62);
	*person = m.enrolment;
	*mail = m.id;
}

SQL(campaign_test_scatter, SQL_TENANT,
	"UPDATE campaign SET placed = 0 WHERE tenant = $1 AND id = $2");

static enum err scatter(struct scope *sc, void *arg)
{
	return db_run(sc, &campaign_test_scatter, BIND(V(*(int64_t *)arg)), NULL);
}

TEST(a_campaign_s_people_and_mails_lie_together_but_for_one_from_before)
{
	int64_t id[2], person[2], mail[2];

	company_open(sc, kit);
	company_people(sc, 2);
	for (int i = 0; i < 2; i++) {
		id[i] = make_campaign(sc, two_steps, 1);
		if (i == 1)
			OK(db_write(sc, scatter, &id[i]));
		OK(campaign_launch(sc, id[i]));
		run_jobs(sc);
		places(sc, id[i], &person[i], &mail[i]);
	}
	CHECK_INT(mail[0] >> 52, person[0] >> 52);
	CHECK_INT(person[0] >> 62, 1);
	/* As the hub made it that launched it. */
	CHECK_INT(person[1] >> 62, 0);
	CHECK_INT(mail[1] >> 62, 0);
}

TEST(an_audience_larger_than_a_chunk_is_frozen_at_launch)
{
	struct campaign_progress p;
	int64_t id;

	company_open(sc, kit);
	company_people(sc, 600);
	id = make_campaign(sc, two_steps, 1);
	OK(campaign_launch(sc, id));
	p = progress(sc, id);
	CHECK_INT(p.audience, 250);
	CHECK_INT(p.enrolling, 350);
	kit->real_ms += 1;
	OK(contact_add(sc, &(struct contact_new){ .email = "late@example.org" }, &(int64_t){ 0 }));
	run_jobs(sc);
	p = progress(sc, id);
	CHECK_INT(p.audience, 600);
	CHECK_INT(p.created, 600);
	CHECK_INT(p.enrolling, 0);
	CHECK_INT(campaign_launch(sc, id), ERR_CONFLICT);
}

TEST(paused_it_makes_no_mail_and_cancelled_it_takes_all_back)
{
	struct company c = company_open(sc, kit);
	struct campaign_progress p;
	struct campaign found;
	struct mail *list;
	int64_t id;
	size_t n;

	company_people(sc, 3);
	id = make_campaign(sc, two_steps, 2);
	OK(campaign_launch(sc, id));
	OK(campaign_pause(sc, id));
	OK(campaign_pause(sc, id));
	run_jobs(sc);
	CHECK_INT(progress(sc, id).created, 0);
	OK(campaign_resume(sc, id));
	run_jobs(sc);
	list = mails(sc, id, &n);
	NEED(n == 3);
	deliver(sc, &c, list[0].id, FACT_DELIVERED);
	say(sc, &c, list[1].id, say_lease, 0);
	say(sc, &c, list[1].id, say_answer, TAKEN_STORED);
	OK(campaign_cancel(sc, id));
	p = progress(sc, id);
	CHECK_INT(p.stopped, 3);
	CHECK_INT(p.skipped, 1);
	CHECK_INT(p.handed, 1);
	say(sc, &c, list[1].id, say_answer, TAKEN_RECALLED);
	run_followers(sc);
	run_jobs(sc);
	p = progress(sc, id);
	CHECK_INT(p.skipped, 2);
	CHECK_INT(p.moving, 0);
	OK(campaign_find(sc, id, &found));
	CHECK_TEXT(found.state, "cancelled");
	CHECK_INT(campaign_resume(sc, id), ERR_CONFLICT);
}

TEST(who_unsubscribes_gets_no_follow_up_and_what_moves_comes_back)
{
	struct company c = company_open(sc, kit);
	struct campaign_progress p;
	struct message m;
	struct mail *list;
	int64_t id;
	size_t n;

	company_people(sc, 2);
	id = make_campaign(sc, two_steps, 2);
	OK(campaign_launch(sc, id));
	run_jobs(sc);
	list = mails(sc, id, &n);
	deliver(sc, &c, list[0].id, FACT_DELIVERED);
	run_followers(sc);
	OK(message_find(sc, list[0].id, &m));
	OK(contact_stop(sc, m.contact, "unsubscribed", "link", m.id));
	OK(message_find(sc, list[1].id, &m));
	OK(campaign_stop_contact(sc, id, m.contact));
	CHECK_INT(campaign_stop_contact(sc, id, m.contact), ERR_MISSING);
	run_followers(sc);
	kit->real_ms += 3 * DAY_MS;
	run_jobs(sc);
	run_followers(sc);
	run_jobs(sc);
	p = progress(sc, id);
	CHECK_INT(p.created, 2);
	CHECK_INT(p.skipped, 1);
	CHECK_INT(p.stopped, 2);
	NEED(p.stopped_by_count == 2);
	CHECK_TEXT(p.stopped_by[0].kind, "hand");
	CHECK_TEXT(p.stopped_by[1].kind, "unsubscribed");
}

/* ---- erasure ---- */

SQL(campaign_test_details, SQL_TENANT, "SELECT COUNT(*) FROM detail WHERE tenant = $1");
SQL(campaign_test_names, SQL_TENANT,
	"SELECT (SELECT COUNT(*) FROM contact WHERE tenant = $1 AND (email LIKE '%p0@%' OR "
	"email_key LIKE '%p0@%' OR name IS NOT NULL OR company IS NOT NULL OR country IS NOT NULL "
	"OR zone IS NOT NULL OR lang IS NOT NULL)) + (SELECT COUNT(*) FROM value WHERE tenant = $1) "
	"+ (SELECT COUNT(*) FROM enrolment WHERE tenant = $1 AND subject IS NOT NULL) "
	"+ (SELECT COUNT(*) FROM event WHERE tenant = $1 AND data LIKE '%p0@%')");

TEST(erasure_leaves_no_personal_text_anywhere)
{
	struct company c = company_open(sc, kit);
	struct contact_value own = { "plan", "gold" };
	struct contact_new in = { "p0@example.org", "Ann", "Acme", "DE", "Europe/Berlin", "de",
		&own, 1, 0 };
	struct bytes json;
	struct mail *list;
	int64_t id, contact, left;
	size_t n;

	OK(contact_add(sc, &in, &contact));
	id = make_campaign(sc, two_steps, 2);
	OK(campaign_launch(sc, id));
	run_jobs(sc);
	list = mails(sc, id, &n);
	NEED(n == 1);
	deliver(sc, &c, list[0].id, FACT_DEFERRED);
	run_followers(sc);
	OK(db_int(sc, &campaign_test_details, BIND_NONE, &left));
	CHECK(left > 0);
	OK(person_export(sc, contact, &json));
	CHECK(strstr(json.data, "p0@example.org") && strstr(json.data, "gold"));
	CHECK(strstr(json.data, "mail.queued") && strstr(json.data, "said to"));
	OK(contact_erase(sc, contact));
	run_followers(sc);
	/* The appliance reports what it could not take back. */
	say(sc, &c, list[0].id, say_report, FACT_BOUNCED);
	run_followers(sc);
	OK(db_int(sc, &campaign_test_details, BIND_NONE, &left));
	CHECK_INT(left, 0);
	OK(db_int(sc, &campaign_test_names, BIND_NONE, &left));
	CHECK_INT(left, 0);
	OK(person_export(sc, contact, &json));
	CHECK(!strstr(json.data, "p0@") && !strstr(json.data, "gold"));
	CHECK_INT(progress(sc, id).stopped, 1);
}
