/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which provider keeps a contact's mailbox, against a real name server. */
#include "audience/contact.h"
#include "company_kit.h"
#include "config.h"
#include "nsd.h"
#include "warmup/site_memory.h"

static const char before[] = "workspace MX 1 aspmx.l.google.com.\nown A 192.0.2.1\nnull MX 0 .\n";
static const char after[] = "workspace MX 1 mx.yandex.example.\nown A 192.0.2.1\nnull MX 0 .\n";

struct dns_world {
	struct config config;
	struct nsd nsd;
};

static void serve(struct scope *sc, struct dns_world *w, const char *text)
{
	const struct nsd_zone zone = { "firms.test", text };

	if (w->nsd.pid)
		nsd_stop(&w->nsd);
	nsd_start(sc, &w->nsd, &zone, 1);
	w->config.dns_servers = w->nsd.servers;
}

static void start(struct scope *sc, struct kit *kit, struct dns_world *w)
{
	struct hub *hub = kit_hub_store(sc, kit);

	*w = (struct dns_world){ 0 };
	serve(sc, w, before);
	hub->config = &w->config;
	company_workspace(sc);
}

static int64_t person(struct scope *sc, const char *email)
{
	int64_t id;

	OK(contact_add(sc, &(struct contact_new){ .email = email }, &id));
	return id;
}

static const char *provider_of_contact(struct scope *sc, int64_t id)
{
	struct contact c;

	OK(contact_find(sc, id, &c));
	return c.provider;
}

TEST(a_new_contacts_provider_is_found_or_there_is_a_reason)
{
	struct dns_world w;
	struct site_row s;
	int64_t google, own, never, silent;

	start(sc, kit, &w);
	google = person(sc, "a@workspace.firms.test");
	own = person(sc, "B@Own.firms.test");
	never = person(sc, "c@null.firms.test");
	silent = person(sc, "d@elsewhere.test");
	CHECK_TEXT(provider_of_contact(sc, google), NULL);
	run_jobs(sc);
	CHECK_TEXT(provider_of_contact(sc, google), "google-hosted");
	CHECK_TEXT(provider_of_contact(sc, own), "other");
	CHECK_TEXT(provider_of_contact(sc, never), "other");
	CHECK_TEXT(provider_of_contact(sc, silent), "other");
	OK(site_find(sc, "own.firms.test", &s));
	CHECK_TEXT(s.why, NULL);
	CHECK(s.number != 0);
	OK(site_find(sc, "null.firms.test", &s));
	CHECK(s.never);
	CHECK_TEXT(s.why, "the domain says that it takes no mail");
	OK(site_find(sc, "elsewhere.test", &s));
	CHECK(!s.never && s.why);
	CHECK_INT(s.fails, 1);
	nsd_stop(&w.nsd);
}

TEST(a_provider_that_changes_is_seen_when_its_time_has_come)
{
	struct dns_world w;
	int64_t id;

	start(sc, kit, &w);
	id = person(sc, "a@workspace.firms.test");
	run_jobs(sc);
	serve(sc, &w, after);
	kit->real_ms += 2 * HOUR_MS;
	run_periodic(sc, "contact.sites");
	CHECK_TEXT(provider_of_contact(sc, id), "google-hosted");
	kit->real_ms += 8 * DAY_MS;
	run_periodic(sc, "contact.sites");
	CHECK_TEXT(provider_of_contact(sc, id), "other");
	nsd_stop(&w.nsd);
}

TEST(what_was_named_is_remembered_until_its_time_and_nothing_else)
{
	struct site_memory *m;
	struct dns_world w;
	struct site_row s;
	int64_t id;

	start(sc, kit, &w);
	m = hub_of(sc)->sites = site_memory_new(sc->world, 100);
	id = person(sc, "a@workspace.firms.test");
	person(sc, "b@null.firms.test");
	person(sc, "c@elsewhere.test");
	CHECK(!site_memory_get(m, "workspace.firms.test", now_real(sc), &s));
	run_jobs(sc);
	CHECK(!site_memory_get(m, "null.firms.test", now_real(sc), &s));
	CHECK(!site_memory_get(m, "elsewhere.test", now_real(sc), &s));
	NEED(site_memory_get(m, "workspace.firms.test", now_real(sc), &s));
	CHECK_TEXT(s.provider, "google-hosted");
	CHECK_INT(s.until > kit->real_ms, 1);
	CHECK(!site_memory_get(m, "workspace.firms.test", (struct real){ s.until }, &s));
	serve(sc, &w, after);
	kit->real_ms += 8 * DAY_MS;
	run_periodic(sc, "contact.sites");
	CHECK_TEXT(provider_of_contact(sc, id), "other");
	NEED(site_memory_get(m, "workspace.firms.test", now_real(sc), &s));
	CHECK_TEXT(s.provider, "other");
	hub_of(sc)->sites = NULL;
	site_memory_free(m);
	nsd_stop(&w.nsd);
}

TEST(silence_changes_nothing_and_is_asked_again_less_and_less_often)
{
	struct dns_world w;
	struct site_row s;
	int64_t id, last = 0;

	start(sc, kit, &w);
	id = person(sc, "a@workspace.firms.test");
	run_jobs(sc);
	nsd_stop(&w.nsd);
	for (int i = 1; i < 4; i++) {
		kit->real_ms += 9 * DAY_MS;
		run_periodic(sc, "contact.sites");
		OK(site_find(sc, "workspace.firms.test", &s));
		CHECK_INT(s.fails, i);
		CHECK(s.until - kit->real_ms > last);
		last = s.until - kit->real_ms;
	}
	CHECK_TEXT(s.why, NULL);
	CHECK_TEXT(provider_of_contact(sc, id), "google-hosted");
	/* It answers again. */
	serve(sc, &w, after);
	kit->real_ms += DAY_MS;
	run_periodic(sc, "contact.sites");
	CHECK_TEXT(provider_of_contact(sc, id), "other");
	nsd_stop(&w.nsd);
}

TEST(a_domain_that_nobody_asks_for_is_forgotten_and_so_is_who_was_erased)
{
	struct dns_world w;
	struct site_row s;
	int64_t id;

	start(sc, kit, &w);
	id = person(sc, "a@workspace.firms.test");
	run_jobs(sc);
	OK(contact_erase(sc, id));
	kit->real_ms += 60 * DAY_MS;
	run_periodic(sc, "contact.sites");
	CHECK_TEXT(provider_of_contact(sc, id), NULL);
	CHECK_INT(site_find(sc, "workspace.firms.test", &s), ERR_MISSING);
	nsd_stop(&w.nsd);
}
