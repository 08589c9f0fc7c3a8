/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A campaign's mail goes out and its outcome comes back: counts, bounces, deferrals, the hand of
   its sender. */
#include "flow.h"

#define FINISH_MS 40000

static const char rules[] = "*@closed.test   550 5.1.1 No such user\n"
			    "*@greylist.test defer 2 451 4.7.1 Later\n"
			    "*@flaky.test    drop 1\n";

TEST(a_campaign_of_two_mails_ends_with_exact_counts)
{
	struct company *c = flow_company(sc);
	const char *mailbox = flow_mailbox(sc, c, 0), *import = NULL, *id;
	int64_t twice;

	OK(sink_rules(sc, c->lab, rules));
	OK(company_import(sc, c,
		CSV("email,name\n"
		    "exact1@inbox.test,One\nexact2@inbox.test,Two\n"
		    "exact3@closed.test,Three\nexact4@greylist.test,Four\n"
		    "exact5@flaky.test,Five\nex\303\244ct6@inbox.test,Six\n"
		    "broken,Seven\nexact1@inbox.test,Again\n"),
		&import));
	id = flow_launch(sc, c, import, mailbox, 2);
	NEED(WAIT_FOR(flow_is(sc, c, id, "finished"), FINISH_MS));
	flow_check_exact(sc, c, id);
	CHECK_INT(flow_count(sc, c, id, "audience"), 6);
	CHECK_INT(flow_count(sc, c, id, "finished"), 4);
	CHECK_INT(flow_count(sc, c, id, "stopped"), 2);
	CHECK_INT(flow_count(sc, c, id, "created"), 10);
	CHECK_INT(flow_count(sc, c, id, "delivered"), 8);
	CHECK_INT(flow_count(sc, c, id, "bounced"), 1);
	CHECK_INT(flow_count(sc, c, id, "skipped"), 1);
	CHECK(flow_count(sc, c, id, "deferrals") >= 2);
	CHECK_INT(flow_accepted(sc, c->lab, "exact", &twice), 8);
	CHECK_INT(twice, 0);
}

TEST(a_mail_is_personal_and_can_be_unsubscribed_from)
{
	struct company *c = flow_company(sc);
	const char *mailbox = flow_mailbox(sc, c, 0), *mail, *id;

	id = flow_launch(sc, c, flow_people(sc, c, "own", "inbox.test", 1), mailbox, 1);
	NEED(WAIT_FOR(flow_is(sc, c, id, "finished"), FINISH_MS));
	OK(got_mail(sc, c->lab, "own1@inbox.test", &mail));
	CHECK(strstr(mail, "Subject: Hello Person 1") != NULL);
	CHECK(strstr(mail, "Dear Person 1 of Company 1") != NULL);
	CHECK(strstr(mail, "List-Unsubscribe: <http") != NULL);
	CHECK(strstr(mail, "List-Unsubscribe-Post: List-Unsubscribe=One-Click") != NULL);
	CHECK(strstr(mail, "multipart/alternative") != NULL);
	CHECK(strstr(mail, "1 Iceberg Way") != NULL);
	CHECK(strstr(mail, "Message-ID: <msg_") != NULL);
}

TEST(a_hard_bounce_keeps_the_address_out_of_later_campaigns)
{
	struct company *c = flow_company(sc);
	const char *mailbox = flow_mailbox(sc, c, 0), *import, *id;

	OK(sink_rules(sc, c->lab, rules));
	import = flow_people(sc, c, "gone", "closed.test", 1);
	id = flow_launch(sc, c, import, mailbox, 2);
	NEED(WAIT_FOR(flow_is(sc, c, id, "finished"), FINISH_MS));
	CHECK_INT(flow_count(sc, c, id, "bounced"), 1);
	CHECK_INT(flow_count(sc, c, id, "stopped"), 1);
	CHECK_INT(flow_said(sc, c->lab, "refused", "gone1@"), 1);
	OK(company_import(
		sc, c, CSV("email,name\ngone1@closed.test,Gone\nstill1@inbox.test,S\n"), &import));
	id = flow_launch(sc, c, import, mailbox, 1);
	NEED(WAIT_FOR(flow_is(sc, c, id, "finished"), FINISH_MS));
	CHECK_INT(flow_said(sc, c->lab, "refused", "gone1@"), 1);
	CHECK_INT(flow_accepted(sc, c->lab, "still1@", NULL), 1);
}

/* ---- unsubscribing ---- */

static const char *unsubscribe_url(struct scope *sc, const char *mail)
{
	const char *at = strstr(mail, "List-Unsubscribe: <");

	NEED(at != NULL);
	at += strlen("List-Unsubscribe: <");
	return arena_copy(sc->mem, at, strcspn(at, ">"));
}

static int visit(struct scope *sc, struct company *c, const char *method, const char *url)
{
	static const char *const headers[] = { "Content-Type: application/x-www-form-urlencoded",
		NULL };
	struct http_answer a = { 0 };
	bool post = str_eq(method, "POST");

	OK(client_raw(sc, &c->api,
		&(struct http_request){ .method = method,
			.url = url,
			.headers = headers,
			.body = bytes_of("List-Unsubscribe=One-Click", post ? 26 : 0) },
		&a));
	return a.status;
}

/* Its second mail WAIT_MS after the first. */
static const char *launch_pair(
	struct scope *sc, struct company *c, const char *name, int64_t wait_ms)
{
	const struct mail_wish wishes[] = {
		{ .subject = "First", .html = "<p>First</p>" },
		{ .wait_ms = wait_ms, .html = "<p>Second</p>" },
	};
	const char *id = NULL;

	OK(company_campaign(sc, c,
		&(struct campaign_wish){ .name = name,
			.import = flow_people(sc, c, name, "inbox.test", 1),
			.mailbox = flow_mailbox(sc, c, 0),
			.mails = wishes,
			.n = COUNT(wishes) },
		&id));
	OK(company_tell(sc, c, id, "launch"));
	return id;
}

TEST(looking_at_the_unsubscribe_page_changes_nothing)
{
	struct company *c = flow_company(sc);
	const char *id = launch_pair(sc, c, "looker", DAY_MS), *mail;

	NEED(WAIT_FOR(flow_accepted(sc, c->lab, "looker1@", NULL) >= 1, FINISH_MS));
	OK(got_mail(sc, c->lab, "looker1@inbox.test", &mail));
	CHECK_INT(visit(sc, c, "GET", unsubscribe_url(sc, mail)), 200);
	NEED(WAIT_FOR(flow_is(sc, c, id, "finished"), FINISH_MS));
	CHECK_INT(flow_count(sc, c, id, "finished"), 1);
	CHECK_INT(flow_accepted(sc, c->lab, "looker1@", NULL), 2);
}

TEST(one_click_unsubscribing_stops_the_follow_up)
{
	struct company *c = flow_company(sc);
	const char *id = launch_pair(sc, c, "leaver", 10 * DAY_MS), *mail;

	NEED(WAIT_FOR(flow_accepted(sc, c->lab, "leaver1@", NULL) == 1, FINISH_MS));
	OK(got_mail(sc, c->lab, "leaver1@inbox.test", &mail));
	CHECK_INT(visit(sc, c, "POST", unsubscribe_url(sc, mail)), 200);
	CHECK_INT(visit(sc, c, "POST", unsubscribe_url(sc, mail)), 200);
	NEED(WAIT_FOR(flow_is(sc, c, id, "finished"), FINISH_MS));
	CHECK_INT(flow_count(sc, c, id, "stopped"), 1);
	CHECK_INT(flow_accepted(sc, c->lab, "leaver1@", NULL), 1);
	flow_check_exact(sc, c, id);
}

/* ---- the sender's hand ---- */

#define SLOW_GAP DAY_MS /* 4.8 s */

TEST(a_paused_campaign_sends_nothing_and_goes_on_exactly)
{
	struct company *c = flow_company(sc);
	const char *mailbox = flow_mailbox(sc, c, SLOW_GAP), *id;
	int64_t sent, twice;

	id = flow_launch(sc, c, flow_people(sc, c, "pause", "inbox.test", 6), mailbox, 1);
	NEED(WAIT_FOR(flow_accepted(sc, c->lab, "pause", NULL) >= 1, FINISH_MS));
	OK(company_tell(sc, c, id, "pause"));
	CHECK(WAIT_FOR(flow_count(sc, c, id, "leased") + flow_count(sc, c, id, "handed") +
				       flow_count(sc, c, id, "queued") ==
			       0,
		10000));
	sent = flow_accepted(sc, c->lab, "pause", NULL);
	flow_hurry(sc, c, mailbox);
	sleep_ms(2000);
	CHECK_INT(flow_accepted(sc, c->lab, "pause", NULL), sent);
	CHECK(sent < 6);
	flow_check_exact(sc, c, id);
	OK(company_tell(sc, c, id, "resume"));
	NEED(WAIT_FOR(flow_is(sc, c, id, "finished"), FINISH_MS));
	CHECK_INT(flow_accepted(sc, c->lab, "pause", &twice), 6);
	CHECK_INT(twice, 0);
	flow_check_exact(sc, c, id);
}

TEST(a_cancelled_campaign_recalls_what_is_not_sent)
{
	struct company *c = flow_company(sc);
	const char *mailbox = flow_mailbox(sc, c, SLOW_GAP), *id;
	int64_t sent;

	id = flow_launch(sc, c, flow_people(sc, c, "cancel", "inbox.test", 6), mailbox, 2);
	NEED(WAIT_FOR(flow_accepted(sc, c->lab, "cancel", NULL) >= 1, FINISH_MS));
	OK(company_tell(sc, c, id, "cancel"));
	CHECK(WAIT_FOR(flow_count(sc, c, id, "moving") == 0, 10000));
	sent = flow_accepted(sc, c->lab, "cancel", NULL);
	flow_hurry(sc, c, mailbox);
	sleep_ms(2000);
	CHECK_INT(flow_accepted(sc, c->lab, "cancel", NULL), sent);
	CHECK_INT(flow_count(sc, c, id, "under_way"), 0);
	CHECK(sent < 6);
	flow_check_exact(sc, c, id);
}

TEST(a_test_mail_goes_to_oneself_and_counts_nowhere)
{
	struct company *c = flow_company(sc);
	static const struct mail_wish mail = { .subject = "Try {{ name }}", .html = "<p>Hi</p>" };
	const char *id = NULL, *text;

	OK(company_campaign(sc, c,
		&(struct campaign_wish){ .name = "Test",
			.import = flow_people(sc, c, "trial", "inbox.test", 1),
			.mailbox = flow_mailbox(sc, c, 0),
			.mails = &mail,
			.n = 1 },
		&id));
	OK(client_do(sc, &c->api, "POST", arena_printf(sc->mem, "/api/v1/campaigns/%s/test", id),
		"{\"step\":0,\"to\":\"myself@inbox.test\"}", NULL));
	NEED(WAIT_FOR(got_accepted(sc, c->lab, "myself@inbox.test") == 1, FINISH_MS));
	OK(got_mail(sc, c->lab, "myself@inbox.test", &text));
	CHECK(strstr(text, "Try ") != NULL);
	CHECK_INT(flow_count(sc, c, id, "created"), 0);
	CHECK_INT(flow_accepted(sc, c->lab, "trial", NULL), 0);
}
