/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "company_kit.h"

#include "audience/contact.h"
#include "fleet/appliance.h"
#include "follows.h"
#include "guard/host.h"
#include "jobs.h"
#include "send/message.h"
#include "sender/domain.h"
#include "sender/mailbox.h"
#include "tenant/tenant.h"

SQL(campaign_test_appliance, SQL_TENANT,
	"UPDATE appliance SET state = 'active', seen_at = $3 WHERE tenant = $1 AND id = $2");
SQL(campaign_test_uplink, SQL_ENGINE, "UPDATE uplink SET seen_at = $2 WHERE appliance = $1");
SQL(campaign_test_all, SQL_TENANT,
	"SELECT id, state, key, thread FROM message WHERE tenant = $1 AND campaign = $2 "
	"ORDER BY created, id");
SQL(campaign_test_workspace, SQL_TENANT,
	"INSERT INTO workspace (tenant, id, name, slug, zone, state) "
	"VALUES ($1, 77, 'Main', 'main', 'UTC', 'active')");

SHAPE(mail_shape, struct mail, COL(struct mail, id), COL(struct mail, state), COL(struct mail, key),
	COL(struct mail, thread));

/* ---- a small company ---- */

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

void company_workspace(struct scope *sc)
{
	OK(db_write(sc, add_workspace, NULL));
	sc->workspace = 77;
}

struct company company_open(struct scope *sc, struct kit *kit)
{
	struct tenant_set settings = { "Acme", "en", "UTC", "1 Road, Town" };
	struct mailbox_new box = { .address = "ann@acme.example",
		.name = "Ann",
		.pace = { 30, 1000, 0, 0x7f, 0, 1440, "UTC" } };
	struct company c;
	int64_t domain;

	kit_hub_store(sc, kit);
	company_workspace(sc);
	OK(tenant_set(sc, &settings));
	OK(host_ensure(sc, "https://links.example.org", HOST_LINK));
	OK(appliance_plan(sc, "one", &c.appliance));
	OK(db_write(sc, wake_appliance, &c));
	OK(domain_add(sc, "acme.example", &domain));
	OK(domain_confirm(sc, domain));
	box.appliance = c.appliance;
	OK(mailbox_add(sc, &box, &c.mailbox));
	return c;
}

void company_people(struct scope *sc, int n)
{
	for (int i = 0; i < n; i++) {
		struct contact_new in = { .email = arena_printf(sc->mem, "p%d@example.org", i),
			.name = "P" };
		int64_t id;

		OK(contact_add(sc, &in, &id));
	}
}

const struct campaign_step two_steps[2] = {
	{ .subject = "Hello {{ contact.name }}", .text = "First" },
	{ .wait = 2 * DAY_MS, .subject = "", .text = "Second" },
};

int64_t make_campaign(struct scope *sc, const struct campaign_step *steps, size_t n)
{
	int64_t id;

	OK(campaign_add(sc, "Spring", &id));
	OK(campaign_set_steps(sc, id, 1, steps, n));
	return id;
}

struct campaign_progress progress(struct scope *sc, int64_t id)
{
	struct campaign_progress p = { 0 };

	OK(campaign_progress(sc, id, &p));
	CHECK(p.people_hold);
	CHECK(p.mails_hold);
	return p;
}

void run_jobs(struct scope *sc)
{
	int run;

	OK(job_once(sc, jobs, &run));
}

static enum err ask_for(struct scope *sc, void *arg)
{
	return job_now(sc, arg, 0, "");
}

void run_periodic(struct scope *sc, const char *kind)
{
	int64_t own = sc->tenant;

	sc->tenant = 0;
	OK(db_write(sc, ask_for, (void *)(uintptr_t)kind));
	sc->tenant = own;
	run_jobs(sc);
}

void run_followers(struct scope *sc)
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

enum err say_lease(struct scope *sc, void *arg)
{
	const struct saying *s = arg;
	struct message_lease l = { s->id, s->mailbox, s->appliance, "other",
		{ now_real(sc).ms + HOUR_MS } };
	bool leased;

	return message_lease(sc, &l, &leased);
}

enum err say_answer(struct scope *sc, void *arg)
{
	const struct saying *s = arg;
	struct wire_answer a = { .id = s->id, .answer = s->answer };
	struct wire_taken t = { .batch = INT64_MAX, .answers = &a, .count = 1 };

	return message_taken(sc, s->appliance, &t);
}

enum err say_report(struct scope *sc, void *arg)
{
	const struct saying *s = arg;
	struct wire_fact f = { .kind = s->fact,
		.message = s->id,
		.at = now_real(sc).ms,
		.code = s->fact == FACT_BOUNCED ? 550 : 250,
		.status = s->fact == FACT_BOUNCED ? "5.1.1" : "2.0.0",
		.text = "said to p@example.org" };

	return message_fact(sc, s->appliance, &f, false);
}

void say(struct scope *sc, const struct company *c, int64_t id, db_write_fn *fn, int64_t what)
{
	struct saying s = { id, c->appliance, c->mailbox, what, what };

	OK(db_write(sc, fn, &s));
}

void deliver(struct scope *sc, const struct company *c, int64_t id, enum fact end)
{
	say(sc, c, id, say_lease, 0);
	say(sc, c, id, say_answer, TAKEN_STORED);
	say(sc, c, id, say_report, FACT_QUEUED);
	say(sc, c, id, say_report, end);
}

struct mail *mails(struct scope *sc, int64_t campaign, size_t *n)
{
	struct mail *list = NULL;

	OK(db_list(sc, &campaign_test_all, BIND(V(campaign)), &mail_shape, &list, n));
	return list;
}
