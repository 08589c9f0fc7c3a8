/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A machine that is a mail server of its own: what it is told follows from rows, and the rules are
   those it has itself. */
#include "fleet_kit.h"

#include "base/words.h"
#include "company_kit.h"
#include "config.h"
#include "fleet/appliance.h"
#include "fleet/check.h"
#include "fleet/fleet_bus.h"
#include "fleet/part.h"
#include "fleet/wanted.h"
#include "mailu/mailu.h"
#include "mailu/mailu_account.h"
#include "mailu/selector.h"
#include "nsd.h"
#include "sender/domain.h"
#include "sender/domain_check.h"
#include "sender/mailbox.h"
#include "sender/record.h"

SQL(test_mailu_body, SQL_TENANT,
	"SELECT body FROM part WHERE tenant = $1 AND appliance = $2 AND name = $3");

static const struct mailu_settings start_settings = { .address = "198.51.100.10" };

/* An appliance of KIT_TENANT, whose domain acme.example and mailbox ann@ are there. */
static int64_t start(struct scope *sc, struct kit *kit)
{
	struct mailbox_new in = { .address = "ann@acme.example",
		.name = "Ann",
		.pace = { MAILBOX_CAP, MAILBOX_GAP, MAILBOX_JITTER, MAILBOX_DAYS, MAILBOX_FROM,
			MAILBOX_TO, "UTC" } };
	int64_t domain, mailbox;

	fleet_kit_start(sc, kit);
	company_workspace(sc);
	in.appliance = fleet_kit_planned(sc, "mx-1");
	OK(domain_add(sc, "acme.example", &domain));
	OK(mailbox_add(sc, &in, &mailbox));
	return in.appliance;
}

static struct bytes body_of(struct scope *sc, int64_t appliance, const char *name)
{
	const char *text = NULL;

	scope_clear(sc);
	OK(db_text(sc, &test_mailu_body, BIND(V(appliance), V(name)), &text));
	return bytes_of(text, text ? strlen(text) : 0);
}

/* What the wire says, taken as an agent takes it. */
static struct part_mailu told(struct scope *sc, int64_t appliance)
{
	struct part_mailu part = { 0 };

	OK(wire_get_mailu(sc, body_of(sc, appliance, PART_MAILU), &part));
	OK(mailu_check(sc, &part));
	return part;
}

static struct part_accounts told_accounts(struct scope *sc, int64_t appliance)
{
	struct part_accounts part = { 0 };

	OK(wire_get_accounts(sc, body_of(sc, appliance, PART_ACCOUNTS), &part));
	OK(accounts_check(sc, &part));
	return part;
}

static const char *refused(struct scope *sc, int64_t appliance, const struct mailu_settings *in)
{
	const char *field = "";

	scope_clear(sc);
	if (mailu_set(sc, appliance, in) == ERR_INPUT)
		field = sc->field;
	scope_clear(sc);
	return field;
}

TEST(a_machine_becomes_a_mail_server_with_little_said)
{
	int64_t app = start(sc, kit);
	struct part_accounts accounts;
	struct part_mailu part;
	struct mailu m;

	CHECK_INT(mailu_find(sc, app, &m), ERR_MISSING);
	scope_clear(sc);
	OK(mailu_set(sc, app, &start_settings));
	part = told(sc, app);
	CHECK_TEXT(part.version, MAILU_VERSION);
	CHECK_TEXT(part.domain, "acme.example");
	CHECK_TEXT(part.host, "mail.acme.example");
	CHECK_TEXT(part.address, "198.51.100.10");
	CHECK(!part.off);
	CHECK(!part.next && !part.old);
	accounts = told_accounts(sc, app);
	NEED(accounts.domain_count == 1 && accounts.count == 1);
	CHECK_TEXT(accounts.list[0].address, "ann@acme.example");
	CHECK_TEXT(accounts.list[0].name, "Ann");
	CHECK_INT(fleet_kit_events(sc, app, "appliance.mailu"), 1);
	/* What is not said stays. */
	OK(mailu_set(sc, app, &(struct mailu_settings){ .host = "MX.acme.example." }));
	part = told(sc, app);
	CHECK_TEXT(part.host, "mx.acme.example");
	CHECK_TEXT(part.address, "198.51.100.10");
}

TEST(what_the_machine_would_refuse_is_refused_at_its_field)
{
	static const struct {
		struct mailu_settings in;
		const char *field;
	} cases[] = {
		{ { .version = "latest" }, "version" },
		{ { .version = "2024.06.51" }, "version" },
		{ { .host = "mail" }, "host" },
		{ { .domain = "a b" }, "domain" },
		{ { .domain = "other.example" }, "domain" },
		{ { .postmaster = "post master" }, "postmaster" },
		{ { .subnet = "203.0.113.0/24" }, "subnet" },
		{ { .address = "0.0.0.0" }, "address" },
		{ { .selector = "a_b" }, "selector" },
		{ { .digests = "front latest" }, "digests" },
		{ { .digests = "front" }, "digests" },
		{ { .limits = { { 9999, 1 } } }, "google" },
	};
	int64_t app = start(sc, kit);

	CHECK_TEXT(refused(sc, app, &(struct mailu_settings){ 0 }), "address");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mailu_settings in = cases[i].in;

		if (!in.address)
			in.address = "198.51.100.10";
		CHECK_TEXT(refused(sc, app, &in), cases[i].field);
	}
	CHECK_INT(mailu_set(sc, 4242, &start_settings), ERR_MISSING);
}

TEST(limits_of_a_provider_reach_its_domains)
{
	struct mailu_settings in = start_settings;
	int64_t app = start(sc, kit);
	struct part_mailu part;
	bool there = false;

	in.limits[1] = (struct mailu_limit){ 5, 2 };
	OK(mailu_set(sc, app, &in));
	part = told(sc, app);
	NEED(part.transport_count == 1);
	CHECK_TEXT(part.transports[0].name, "microsoft");
	CHECK_INT(part.transports[0].delay_s, 5);
	CHECK_INT(part.transports[0].concurrency, 2);
	for (size_t i = 0; i < part.route_count; i++) {
		there = there || str_eq(part.routes[i].domain, "hotmail.com");
		CHECK_TEXT(part.routes[i].transport, "microsoft");
	}
	CHECK(there);
	in.limits[1] = (struct mailu_limit){ 0, 0 };
	OK(mailu_set(sc, app, &in));
	CHECK_INT((int64_t)told(sc, app).transport_count, 0);
}

TEST(accounts_follow_senders_and_what_is_added)
{
	struct mailu_account hello = { .address = "Hello@acme.example",
		.targets = "ANN@acme.example" };
	struct mailu_account box = { .address = "desk@acme.example", .name = "Desk" };
	int64_t app = start(sc, kit), second, mailbox;
	struct mailbox_new in = { .address = "bob@acme.example",
		.pace = { MAILBOX_CAP, MAILBOX_GAP, MAILBOX_JITTER, MAILBOX_DAYS, MAILBOX_FROM,
			MAILBOX_TO, "UTC" } };

	CHECK_INT(mailu_account_add(sc, app, &box), ERR_CONFLICT);
	OK(mailu_set(sc, app, &start_settings));
	OK(mailu_account_add(sc, app, &box));
	OK(mailu_account_add(sc, app, &hello));
	CHECK_INT((int64_t)told_accounts(sc, app).count, 3);
	/* A sender comes, and goes to another machine. */
	second = fleet_kit_planned(sc, "mx-2");
	in.appliance = app;
	OK(mailbox_add(sc, &in, &mailbox));
	run_followers(sc);
	CHECK_INT((int64_t)told_accounts(sc, app).count, 4);
	in.appliance = second;
	OK(mailbox_edit(sc, mailbox, &in));
	run_followers(sc);
	CHECK_INT((int64_t)told_accounts(sc, app).count, 3);
	/* An alias that is in use keeps its mailbox; without it there is no dead alias. */
	hello.address = "info@acme.example";
	hello.targets = "desk@acme.example";
	OK(mailu_account_add(sc, app, &hello));
	CHECK_INT(mailu_account_remove(sc, app, "desk@acme.example"), ERR_CONFLICT);
	OK(mailu_account_remove(sc, app, "info@acme.example"));
	OK(mailu_account_remove(sc, app, "desk@acme.example"));
	CHECK_INT(mailu_account_remove(sc, app, "desk@acme.example"), ERR_MISSING);
	CHECK_INT((int64_t)told_accounts(sc, app).count, 2);
}

TEST(accounts_that_cannot_be_are_refused_at_their_field)
{
	static const struct {
		struct mailu_account in;
		const char *field;
	} cases[] = {
		{ { .address = "nobody" }, "mailbox" },
		{ { .address = "a+b@acme.example" }, "mailbox" },
		{ { .address = "x@other.example" }, "mailbox" },
		{ { .address = "ann@acme.example" }, "mailbox" },
		{ { .address = "b@acme.example" }, "mailbox" },
		{ { .address = "postmaster@acme.example" }, "mailbox" },
		{ { .address = "x@acme.example", .targets = "nobody@acme.example" }, "targets" },
		{ { .address = "x@acme.example", .name = "a\nb" }, "name" },
	};
	int64_t app = start(sc, kit);

	OK(mailu_set(sc, app, &start_settings));
	for (size_t i = 0; i < COUNT(cases); i++) {
		CHECK_INT(mailu_account_add(sc, app, &cases[i].in), ERR_INPUT);
		CHECK_TEXT(sc->field, cases[i].field);
		scope_clear(sc);
	}
}

TEST(turned_off_it_says_so_and_comes_back_as_it_was)
{
	int64_t app = start(sc, kit);
	const char *selector;
	struct mailu m;

	CHECK_INT(mailu_off(sc, app), ERR_CONFLICT);
	OK(mailu_set(sc, app, &start_settings));
	selector = told(sc, app).selector;
	OK(mailu_off(sc, app));
	CHECK(told(sc, app).off);
	CHECK_INT(selector_change(sc, app), ERR_CONFLICT);
	OK(mailu_set(sc, app, &(struct mailu_settings){ .selector = "other" }));
	CHECK(!told(sc, app).off);
	/* Keys never change by the way. */
	CHECK_TEXT(told(sc, app).selector, selector);
	OK(mailu_find(sc, app, &m));
	CHECK_TEXT(m.settings.address, "198.51.100.10");
}

/* ---- records ---- */

#define LONG_KEY                                                                                   \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt" \
	"0gunVTLw7onLRnrq0u9TIh9TrmfXUIVIpcgpqEKbVRBNkSCNvMkuDZMQ4RZHRwZxQr2ufvZxZVTxS5mdkbyPsZ7l" \
	"vhHPUZZrFOvjXShGSmmGdBNjwgsRFdVBn7pJ7oXFuA0bhuwSrjtExaLPWUhdlWJpZOTPlYlnqsmNQ"
#define FIRST_STRING "v=DKIM1; k=rsa; p="

/* As the agent reports them. */
static void report(struct scope *sc, int64_t appliance, const char *selector, const char *key,
	const char *next)
{
	struct wire_record list[] = {
		{ "acme.example.", "MX", "10 mail.acme.example." },
		{ "acme.example.", "TXT", "\"v=spf1 mx a:mail.acme.example ~all\"" },
		{ arena_printf(sc->mem, "%s._domainkey.acme.example.", selector), "TXT",
			arena_printf(sc->mem, "\"" FIRST_STRING "\" \"%s\"", key) },
		{ arena_printf(sc->mem, "%s._domainkey.acme.example.", next ? next : "none"), "TXT",
			arena_printf(sc->mem, "\"" FIRST_STRING "NEXT\" \"%s\"", key) },
	};
	struct wire_reported m = {
		.epoch = 1, .health = HEALTH_OK, .records = list, .record_count = next ? 4 : 3
	};

	OK(fleet_reported(sc, appliance, wire_put_reported(sc, &m)));
	run_followers(sc);
}

static struct record record_of(struct scope *sc, const char *name)
{
	struct records all;
	struct domain d;

	OK(domain_find_name(sc, "acme.example", &d));
	OK(record_list(sc, &d, &all));
	for (size_t i = 0; i < all.count; i++)
		if (str_eq(all.list[i].name, name) || str_eq(all.list[i].purpose, name))
			return all.list[i];
	NEED(!"the record is there");
	return (struct record){ 0 };
}

static void publish(struct scope *sc, struct nsd *nsd, const char *text)
{
	struct nsd_zone zone = { "acme.example", text };
	struct config *c = (struct config *)(uintptr_t)hub_of(sc)->config;

	if (nsd->pid)
		nsd_stop(nsd);
	nsd_start(sc, nsd, &zone, 1);
	c->dns_servers = nsd->servers;
}

static void look_up(struct scope *sc)
{
	struct domain d;

	OK(domain_find_name(sc, "acme.example", &d));
	OK(domain_check(sc, NULL, d.id));
}

TEST(what_a_domain_needs_is_what_its_machine_asks_for)
{
	int64_t app = start(sc, kit);
	const char *selector;
	struct nsd nsd = { 0 };
	struct wanted *rows;
	struct record r;
	size_t n;

	OK(mailu_set(sc, app, &start_settings));
	selector = told(sc, app).selector;
	CHECK(!record_of(sc, "spf").exact);
	report(sc, app, selector, LONG_KEY, NULL);
	CHECK_INT(fleet_kit_events(sc, app, "appliance.records"), 1);
	r = record_of(sc, "mx");
	CHECK(r.exact);
	CHECK_TEXT(r.expected, "10 mail.acme.example.");
	CHECK_TEXT(record_of(sc, "spf").expected, "v=spf1 mx a:mail.acme.example ~all");
	r = record_of(sc, "dkim");
	CHECK_TEXT(r.name, arena_printf(sc->mem, "%s._domainkey.acme.example", selector));
	CHECK_TEXT(r.expected, FIRST_STRING LONG_KEY);
	CHECK_TEXT(r.zone, "\"" FIRST_STRING "\" \"" LONG_KEY "\"");
	/* The same again is no news. */
	report(sc, app, selector, LONG_KEY, NULL);
	CHECK_INT(fleet_kit_events(sc, app, "appliance.records"), 1);

	publish(sc, &nsd,
		arena_printf(sc->mem,
			"@ MX 10 mx.elsewhere.example.\n@ TXT \"v=spf1 a:elsewhere.example -all\"\n"
			"%s._domainkey TXT \"v=DKIM1; k=rsa; p=MIGf\"\n",
			selector));
	look_up(sc);
	CHECK_TEXT(record_of(sc, "mx").state, "wrong");
	CHECK_TEXT(record_of(sc, "spf").state, "wrong");
	CHECK_TEXT(record_of(sc, "dkim").state, "wrong");
	publish(sc, &nsd,
		arena_printf(sc->mem,
			"@ MX 10 mail\n@ TXT \"v=spf1 mx -all\"\n"
			"%s._domainkey TXT \"" FIRST_STRING "\" \"" LONG_KEY "\"\n",
			selector));
	look_up(sc);
	OK(wanted_list(sc, app, &rows, &n));
	for (size_t i = 0; i < n; i++)
		CHECK_TEXT(rows[i].state, "good");
	CHECK_INT((int64_t)n, 3);
	CHECK_TEXT(record_of(sc, "mx").state, "good");
	CHECK_TEXT(record_of(sc, "spf").state, "good");
	CHECK_TEXT(record_of(sc, "dkim").state, "good");
	nsd_stop(&nsd);

	/* Off, it asks for nothing, whatever it still says on its way down. */
	OK(mailu_off(sc, app));
	CHECK(!record_of(sc, "spf").exact);
	report(sc, app, selector, LONG_KEY, NULL);
	CHECK(!record_of(sc, "spf").exact);
}

TEST(two_machines_of_a_domain_share_its_policy)
{
	int64_t app = start(sc, kit), second = fleet_kit_planned(sc, "mx-2");
	struct mailu_settings in = start_settings;
	struct wire_record theirs[] = {
		{ "acme.example.", "MX", "10 mx2.acme.example." },
		{ "acme.example.", "TXT", "\"v=spf1 mx a:mx2.acme.example ~all\"" },
		{ "k9._domainkey.acme.example.", "TXT", "\"v=DKIM1; p=MIGz\"" },
	};
	struct wire_reported m = {
		.epoch = 1, .health = HEALTH_OK, .records = theirs, .record_count = 3
	};

	OK(mailu_set(sc, app, &in));
	in.host = "mx2.acme.example";
	in.selector = told(sc, app).selector;
	CHECK_TEXT(refused(sc, second, &in), "selector");
	in.selector = "k9";
	OK(mailu_set(sc, second, &in));
	report(sc, app, told(sc, app).selector, LONG_KEY, NULL);
	OK(fleet_reported(sc, second, wire_put_reported(sc, &m)));
	run_followers(sc);
	CHECK_TEXT(record_of(sc, "mx").expected, "10 mail.acme.example.\n10 mx2.acme.example.");
	CHECK_TEXT(record_of(sc, "spf").expected,
		"v=spf1 mx a:mail.acme.example a:mx2.acme.example ~all");
	CHECK_TEXT(record_of(sc, "k9._domainkey.acme.example").expected, "v=DKIM1; p=MIGz");
}

/* ---- keys ---- */

static void publish_keys(struct scope *sc, struct nsd *nsd, const char *first, const char *second)
{
	publish(sc, nsd,
		arena_printf(sc->mem,
			"@ MX 10 mail\n@ TXT \"v=spf1 mx -all\"\n"
			"%s._domainkey TXT \"" FIRST_STRING "\" \"" LONG_KEY "\"\n"
			"%s._domainkey TXT \"" FIRST_STRING "NEXT\" \"" LONG_KEY "\"\n",
			first, second));
}

struct applied {
	int64_t appliance, version;
};

static enum err write_applied(struct scope *sc, void *arg)
{
	const struct applied *a = arg;
	const struct wire_part_report r = { PART_MAILU, a->version, PART_APPLIED, NULL };

	return part_reported(sc, a->appliance, &r, 1);
}

static int64_t version_of(struct scope *sc, int64_t appliance)
{
	struct part_row *rows;
	size_t n;

	OK(part_list(sc, appliance, &rows, &n));
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].name, PART_MAILU))
			return rows[i].version;
	return 0;
}

/* Time passes, and whatever is due runs. */
static void pass(struct scope *sc, struct kit *kit, int64_t ms)
{
	kit->real_ms += ms;
	run_jobs(sc);
}

TEST(new_keys_sign_only_once_the_dns_has_shown_them)
{
	int64_t app = start(sc, kit);
	const char *first, *second;
	struct nsd nsd = { 0 };

	CHECK_INT(selector_change(sc, app), ERR_CONFLICT);
	OK(mailu_set(sc, app, &start_settings));
	first = told(sc, app).selector;
	OK(selector_change(sc, app));
	CHECK_INT(selector_change(sc, app), ERR_CONFLICT);
	second = told(sc, app).next;
	NEED(second && !str_eq(first, second));
	CHECK_TEXT(told(sc, app).selector, first);
	pass(sc, kit, HOUR_MS);
	/* Nothing is reported, then nothing is published: the old ones sign. */
	CHECK_TEXT(told(sc, app).selector, first);
	report(sc, app, first, LONG_KEY, second);
	publish(sc, &nsd, "@ MX 10 mail\n");
	pass(sc, kit, HOUR_MS);
	pass(sc, kit, HOUR_MS);
	CHECK_TEXT(told(sc, app).selector, first);
	publish_keys(sc, &nsd, first, second);
	pass(sc, kit, HOUR_MS);
	pass(sc, kit, MINUTE_MS);
	CHECK_TEXT(told(sc, app).selector, first);
	/* Seen for a while. */
	pass(sc, kit, SELECTOR_PROVED_MS + MINUTE_MS);
	CHECK_TEXT(told(sc, app).selector, second);
	CHECK_TEXT(told(sc, app).old, first);
	CHECK_TEXT(told(sc, app).next, NULL);

	/* The old ones stay while the machine has not said that the new ones sign. */
	pass(sc, kit, 30 * DAY_MS);
	CHECK_TEXT(told(sc, app).old, first);
	OK(db_write(sc, write_applied, &(struct applied){ app, version_of(sc, app) }));
	pass(sc, kit, HOUR_MS);
	pass(sc, kit, SELECTOR_KEPT_MS - HOUR_MS);
	CHECK_TEXT(told(sc, app).old, first);
	pass(sc, kit, 2 * HOUR_MS);
	CHECK_TEXT(told(sc, app).old, NULL);
	CHECK_TEXT(told(sc, app).selector, second);
	CHECK_INT(fleet_kit_events(sc, app, "appliance.selector"), 3);
	nsd_stop(&nsd);
}

TEST(a_change_of_keys_that_is_given_up_never_signs)
{
	int64_t app = start(sc, kit);
	const char *first, *second;
	struct nsd nsd = { 0 };

	CHECK_INT(selector_give_up(sc, app), ERR_CONFLICT);
	OK(mailu_set(sc, app, &start_settings));
	first = told(sc, app).selector;
	OK(selector_change(sc, app));
	second = told(sc, app).next;
	report(sc, app, first, LONG_KEY, second);
	publish_keys(sc, &nsd, first, second);
	OK(selector_give_up(sc, app));
	CHECK_TEXT(told(sc, app).next, NULL);
	pass(sc, kit, DAY_MS);
	CHECK_TEXT(told(sc, app).selector, first);
	/* Its name never comes again. */
	OK(selector_change(sc, app));
	CHECK(!str_eq(told(sc, app).next, second));
	nsd_stop(&nsd);
}

/* ---- what it looks after ---- */

static void say_checks(struct scope *sc, int64_t appliance, struct wire_check *list, size_t n)
{
	struct wire_reported m = {
		.epoch = 1, .health = HEALTH_OK, .checks = list, .check_count = n
	};

	OK(fleet_reported(sc, appliance, wire_put_reported(sc, &m)));
}

TEST(what_a_machine_looks_after_is_as_it_last_said)
{
	int64_t app = start(sc, kit);
	struct wire_check list[] = { { "smtp", HEALTH_OK, NULL, 5 },
		{ "disk", HEALTH_HELD, "disk of MailU: 12 MiB left", 7 } };
	struct machine_check *rows;
	size_t n;

	say_checks(sc, app, list, 2);
	OK(check_list(sc, app, &rows, &n));
	NEED(n == 2);
	CHECK_TEXT(rows[0].name, "smtp");
	CHECK_TEXT(rows[1].state, "held");
	CHECK_TEXT(rows[1].reason, "disk of MailU: 12 MiB left");
	CHECK_INT(rows[1].since, 7);
	/* That all is well is no news, nor is the same again. */
	CHECK_INT(fleet_kit_events(sc, app, "appliance.check"), 1);
	say_checks(sc, app, list, 2);
	CHECK_INT(fleet_kit_events(sc, app, "appliance.check"), 1);
	list[1].state = HEALTH_OK;
	list[1].reason = NULL;
	say_checks(sc, app, list, 2);
	CHECK_INT(fleet_kit_events(sc, app, "appliance.check"), 2);
	say_checks(sc, app, &list[1], 1);
	OK(check_list(sc, app, &rows, &n));
	NEED(n == 1);
	CHECK_TEXT(rows[0].state, "ok");
	CHECK_TEXT(rows[0].reason, NULL);
	/* None is no news. */
	say_checks(sc, app, list, 0);
	OK(check_list(sc, app, &rows, &n));
	CHECK_INT((int64_t)n, 1);
	/* Off, it looks after nothing. */
	OK(mailu_set(sc, app, &start_settings));
	OK(mailu_off(sc, app));
	OK(check_list(sc, app, &rows, &n));
	CHECK_INT((int64_t)n, 0);
}

extern const struct words hub_words;

TEST(what_is_wrong_with_a_machine_is_said_in_the_readers_language)
{
	struct world world = *sc->world;
	struct scope reader;

	world.words = &hub_words;
	scope_open(&reader, &world, "test");
	reader.lang = "de";
	CHECK_TEXT(check_reason(&reader, "admin answers 502 to a ping"), "admin antwortet mit 502");
	CHECK_TEXT(check_reason(&reader, "disk of MailU: 12 MiB left"),
		"Platte von MailU: noch 12 MiB frei");
	CHECK_TEXT(check_reason(&reader, "submission: no answer"), "Einlieferung: no answer");
	CHECK_TEXT(check_reason(&reader, "smtp is %s odd"), "smtp is %s odd");
	CHECK_TEXT(check_reason(&reader, NULL), NULL);
	scope_close(&reader);
}
