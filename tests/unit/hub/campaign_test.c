/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "campaign/campaign.h"

#include "audience/contact.h"
#include "base/id.h"
#include "campaign/person.h"
#include "fleet/appliance.h"
#include "follows.h"
#include "guard/host.h"
#include "hub_kit.h"
#include "jobs.h"
#include "send/message.h"
#include "sender/domain.h"
#include "sender/mailbox.h"
#include "tenant/tenant.h"

SQL(campaign_test_appliance, SQL_TENANT,
	"UPDATE appliance SET state = 'active', seen_at = $3 WHERE tenant = $1 AND id = $2");
SQL(campaign_test_uplink, SQL_ENGINE, "UPDATE uplink SET seen_at = $2 WHERE appliance = $1");
SQL(campaign_test_people, SQL_TENANT,
	"SELECT COUNT(*) FROM enrolment WHERE tenant = $1 AND campaign = $2 AND state = $3");
SQL(campaign_test_mails, SQL_TENANT,
	"SELECT COUNT(*) FROM message WHERE tenant = $1 AND campaign = $2 AND state = $3");
SQL(campaign_test_all, SQL_TENANT,
	"SELECT id, state, key, thread FROM message WHERE tenant = $1 AND campaign = $2 "
	"ORDER BY created, id");
SQL(campaign_test_workspace, SQL_TENANT,
	"INSERT INTO workspace (tenant, id, name, slug, zone, state) "
	"VALUES ($1, 77, 'Main', 'main', 'UTC', 'active')");

struct mail {
	int64_t id;
	const char *state, *key, *thread;
};
SHAPE(mail_shape, struct mail, COL(struct mail, id), COL(struct mail, state), COL(struct mail, key),
	COL(struct mail, thread));

/* ---- a small company ---- */

struct company {
	int64_t appliance, mailbox, campaign;
};

static enum err wake_appliance(struct scope *sc, void *arg)
{
	const struct company *c = arg;
	int64_t now = now_real(sc).ms;
	enum err e = db_run(sc, &campaign_test_appliance, BIND(V(c->appliance), V(now)), NULL);

	return e ? e : db_run(sc, &campaign_test_uplink, BIND(V(c->appliance), V(now)), NULL);
}

static enum err add_workspace(struct scope *sc, void *arg)
{
	return db_run(sc, &campaign_test_workspace, BIND_NONE, NULL);
}

static struct company open_company(struct scope *sc, struct kit *kit)
{
	struct tenant_set settings = { "Acme", "en", "UTC", "1 Road, Town" };
	struct mailbox_new box = { .address = "ann@acme.example",
		.name = "Ann",
		.pace = { 30, 1000, 0, 0x7f, 0, 1440, "UTC" } };
	struct company c;
	int64_t domain;

	kit_hub_store(sc, kit);
	OK(db_write(sc, add_workspace, NULL));
	sc->workspace = 77;
	OK(tenant_set(sc, &settings));
	OK(host_ensure(sc, "https://links.example.org", HOST_LINK));
	OK(appliance_plan(sc, "one", &c.appliance));
	OK(db_write(sc, wake_appliance, &c));
	OK(domain_add(sc, "acme.example", &domain));
	OK(domain_set_state(sc, domain, "verified"));
	box.appliance = c.appliance;
	OK(mailbox_add(sc, &box, &c.mailbox));
	return c;
}

static void add_people(struct scope *sc, int n)
{
	for (int i = 0; i < n; i++) {
		struct contact_new in = { .email = arena_printf(sc->mem, "p%d@example.org", i),
			.name = "P" };
		int64_t id;

		OK(contact_add(sc, &in, &id));
	}
}

static const struct campaign_step two_steps[] = {
	{ .subject = "Hello {{ contact.name }}", .text = "First" },
	{ .wait = 2 * DAY_MS, .subject = "", .text = "Second" },
};

static int64_t make_campaign(struct scope *sc, const struct campaign_step *steps, size_t n)
{
	int64_t id;

	OK(campaign_add(sc, "Spring", &id));
	OK(campaign_set_steps(sc, id, 1, steps, n));
	return id;
}

static struct campaign_progress progress(struct scope *sc, int64_t id)
{
	struct campaign_progress p = { 0 };

	OK(campaign_progress(sc, id, &p));
	CHECK(p.people_hold);
	CHECK(p.mails_hold);
	return p;
}

static void run_jobs(struct scope *sc)
{
	int run;

	OK(job_once(sc, jobs, &run));
}

static void run_followers(struct scope *sc)
{
	for (const struct follower *f = follows; f->name; f++) {
		int done;

		OK(follow_once(sc, f, &done));
	}
}

/* ---- what an appliance would say ---- */

struct saying {
	int64_t id, appliance, mailbox, answer, fact;
};

static enum err lease(struct scope *sc, void *arg)
{
	const struct saying *s = arg;
	struct message_lease l = { s->id, s->mailbox, s->appliance, "other",
		{ now_real(sc).ms + HOUR_MS } };
	bool leased;

	return message_lease(sc, &l, &leased);
}

static enum err answer(struct scope *sc, void *arg)
{
	const struct saying *s = arg;
	struct wire_answer a = { .id = s->id, .answer = s->answer };
	struct wire_taken t = { .batch = INT64_MAX, .answers = &a, .count = 1 };

	return message_taken(sc, s->appliance, &t);
}

static enum err report(struct scope *sc, void *arg)
{
	const struct saying *s = arg;
	struct wire_fact f = { .kind = s->fact,
		.message = s->id,
		.at = now_real(sc).ms,
		.code = s->fact == FACT_BOUNCED ? 550 : 250,
		.status = s->fact == FACT_BOUNCED ? "5.1.1" : "2.0.0",
		.text = "said to p@example.org" };

	return message_fact(sc, s->appliance, &f);
}

static void say(
	struct scope *sc, const struct company *c, int64_t id, db_write_fn *fn, int64_t what)
{
	struct saying s = { id, c->appliance, c->mailbox, what, what };

	OK(db_write(sc, fn, &s));
}

static void deliver(struct scope *sc, const struct company *c, int64_t id, enum fact end)
{
	say(sc, c, id, lease, 0);
	say(sc, c, id, answer, TAKEN_STORED);
	say(sc, c, id, report, FACT_QUEUED);
	say(sc, c, id, report, end);
}

static struct mail *mails(struct scope *sc, int64_t campaign, size_t *n)
{
	struct mail *list = NULL;

	OK(db_list(sc, &campaign_test_all, BIND(V(campaign)), &mail_shape, &list, n));
	return list;
}

/* ---- drafts ---- */

TEST(steps_are_kept_as_a_graph_and_read_back)
{
	struct campaign_step *steps;
	int64_t id, copy;
	size_t n;

	open_company(sc, kit);
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

	open_company(sc, kit);
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
	OK(db_write(sc, add_workspace, NULL));
	sc->workspace = 77;
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
	struct company c = open_company(sc, kit);
	struct campaign_progress p;
	struct campaign found;
	struct mail *list;
	struct finding *findings;
	int64_t id;
	size_t n;

	add_people(sc, 3);
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

TEST(an_audience_larger_than_a_chunk_is_frozen_at_launch)
{
	struct campaign_progress p;
	int64_t id;

	open_company(sc, kit);
	add_people(sc, 600);
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
	struct company c = open_company(sc, kit);
	struct campaign_progress p;
	struct campaign found;
	struct mail *list;
	int64_t id;
	size_t n;

	add_people(sc, 3);
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
	say(sc, &c, list[1].id, lease, 0);
	say(sc, &c, list[1].id, answer, TAKEN_STORED);
	OK(campaign_cancel(sc, id));
	p = progress(sc, id);
	CHECK_INT(p.stopped, 3);
	CHECK_INT(p.skipped, 1);
	CHECK_INT(p.handed, 1);
	say(sc, &c, list[1].id, answer, TAKEN_RECALLED);
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
	struct company c = open_company(sc, kit);
	struct campaign_progress p;
	struct message m;
	struct mail *list;
	int64_t id;
	size_t n;

	add_people(sc, 2);
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
	struct company c = open_company(sc, kit);
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
	say(sc, &c, list[0].id, report, FACT_BOUNCED);
	run_followers(sc);
	OK(db_int(sc, &campaign_test_details, BIND_NONE, &left));
	CHECK_INT(left, 0);
	OK(db_int(sc, &campaign_test_names, BIND_NONE, &left));
	CHECK_INT(left, 0);
	OK(person_export(sc, contact, &json));
	CHECK(!strstr(json.data, "p0@") && !strstr(json.data, "gold"));
	CHECK_INT(progress(sc, id).stopped, 1);
}

/* ---- whatever the order ---- */

static uint32_t dice(uint32_t *seed, uint32_t sides)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % sides;
}

static void random_mail(struct scope *sc, const struct company *c, int64_t id, uint32_t *seed)
{
	static const enum fact ends[] = { FACT_DELIVERED, FACT_DELIVERED, FACT_DELIVERED,
		FACT_BOUNCED, FACT_EXPIRED, FACT_UNKNOWN, FACT_DEFERRED, FACT_QUEUED, FACT_UNSENT,
		FACT_FAILED };

	switch (dice(seed, 4)) {
	case 0:
		say(sc, c, id, lease, 0);
		break;
	case 1:
		say(sc, c, id, answer, dice(seed, 4) ? TAKEN_STORED : TAKEN_REFUSED);
		break;
	case 2:
		say(sc, c, id, answer, TAKEN_RECALLED);
		break;
	default:
		say(sc, c, id, report, ends[dice(seed, COUNT(ends))]);
	}
}

static void random_act(
	struct scope *sc, struct kit *kit, const struct company *c, int64_t id, uint32_t *seed)
{
	struct enrolment *people;
	struct mail *list;
	size_t n, m;

	list = mails(sc, id, &n);
	OK(enrolment_list(sc, id, NULL, 0, 100, &people, &m));
	switch (dice(seed, 24)) {
	case 0:
		(void)!campaign_pause(sc, id);
		break;
	case 1:
	case 2:
		(void)!campaign_resume(sc, id);
		break;
	case 3:
		(void)!campaign_stop_contact(sc, id, people[dice(seed, (uint32_t)m)].contact);
		break;
	case 4:
		(void)!contact_stop(
			sc, people[dice(seed, (uint32_t)m)].contact, "unsubscribed", "link", 0);
		break;
	case 5:
		kit->real_ms += dice(seed, 3) * 12 * HOUR_MS;
		break;
	case 6:
	case 7:
	case 8:
		run_jobs(sc);
		break;
	case 9:
	case 10:
		run_followers(sc);
		break;
	default:
		for (int i = 0; i < 4 && n; i++)
			random_mail(sc, c, list[dice(seed, (uint32_t)n)].id, seed);
	}
	scope_clear(sc);
}

static void check_rows(struct scope *sc, int64_t id, const struct campaign_progress *p)
{
	const struct {
		const struct sql *q;
		const char *state;
		int64_t n;
	} rows[] = {
		{ &campaign_test_people, "under_way", p->under_way },
		{ &campaign_test_people, "finished", p->finished },
		{ &campaign_test_people, "stopped", p->stopped },
		{ &campaign_test_mails, "due", p->due },
		{ &campaign_test_mails, "handed", p->handed },
		{ &campaign_test_mails, "delivered", p->delivered },
		{ &campaign_test_mails, "bounced", p->bounced },
		{ &campaign_test_mails, "skipped", p->skipped },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t n;

		OK(db_int(sc, rows[i].q, BIND(V(id), V(rows[i].state)), &n));
		CHECK_INT(n, rows[i].n);
	}
}

/* Everything that still moves is brought to its end. */
static bool drain(struct scope *sc, struct kit *kit, const struct company *c, int64_t id)
{
	struct campaign found;

	for (int i = 0; i < 50; i++) {
		struct mail *list;
		size_t n;

		OK(campaign_find(sc, id, &found));
		if (str_eq(found.state, "finished"))
			return true;
		if (str_eq(found.state, "paused"))
			OK(campaign_resume(sc, id));
		run_jobs(sc);
		list = mails(sc, id, &n);
		for (size_t k = 0; k < n; k++)
			if (str_eq(list[k].state, "due") || str_eq(list[k].state, "leased") ||
				str_eq(list[k].state, "handed") || str_eq(list[k].state, "queued"))
				deliver(sc, c, list[k].id, FACT_DELIVERED);
		run_followers(sc);
		kit->real_ms += DAY_MS;
	}
	return false;
}

TEST(both_identities_hold_whatever_happens_in_whatever_order)
{
	uint32_t seed = 7919;
	struct company c = open_company(sc, kit);
	int64_t id;

	add_people(sc, 12);
	id = make_campaign(sc, two_steps, 2);
	OK(campaign_launch(sc, id));
	for (int i = 0; i < 400; i++) {
		struct campaign_progress p;
		struct scope own;

		scope_open_for(&own, sc, sc->tenant);
		own.workspace = sc->workspace;
		random_act(&own, kit, &c, id, &seed);
		p = progress(&own, id);
		check_rows(&own, id, &p);
		scope_close(&own);
	}
	CHECK(drain(sc, kit, &c, id));
	CHECK_INT(progress(sc, id).under_way, 0);
}
