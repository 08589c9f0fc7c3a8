/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Block lists: what their answers mean, and, against a real name server, what follows. */
#include "repute/listing.h"

#include "base/file.h"
#include "company_kit.h"
#include "config.h"
#include "fleet/address.h"
#include "fleet_kit.h"
#include "jobs.h"
#include "nsd.h"
#include "sender/domain.h"

/* ---- the table and its answers ---- */

static struct lists *parse(struct scope *sc, const char *text, enum err want)
{
	struct lists *l = arena_alloc(sc->mem, sizeof *l);

	CHECK_INT(lists_parse(sc, "test", bytes_of(text, strlen(text)), l), want);
	return l;
}

static struct dns_answer says(struct scope *sc, const char *ip)
{
	struct dns_answer a = { .state = ip ? DNS_FOUND : DNS_NO_NAME, .count = ip != NULL };

	a.records = arena_array(sc->mem, 1, sizeof *a.records);
	a.records[0].text = ip;
	return a;
}

TEST(the_programs_own_table_of_lists_can_be_read)
{
	const struct lists *l;
	size_t domains = 0;

	kit_hub_store(sc, kit);
	OK(lists_open(sc, &l));
	CHECK(l->count >= 8);
	for (size_t i = 0; i < l->count; i++)
		domains += l->list[i].domains;
	CHECK(domains >= 3);
	NEED(lists_named(l, "spamhaus-zen") != NULL);
	CHECK_INT(lists_named(l, "spamhaus-zen")->weight, LIST_STOP);
}

TEST(what_is_no_table_of_lists_is_refused_at_its_line)
{
	static const char *const bad[] = {
		"x address stop bl.example \"X\" https://x.example/",
		"x nothing stop bl.example \"X\" https://x.example/ 127.0.0.2 \"a\"",
		"x address much bl.example \"X\" https://x.example/ 127.0.0.2 \"a\"",
		"x address stop bl..example \"X\" https://x.example/ 127.0.0.2 \"a\"",
		"x address stop bl.example \"X\" http://x.example/ 127.0.0.2 \"a\"",
		"x address stop bl.example \"X\" https://x.example/ 128.0.0.2 \"a\"",
		"x address stop bl.example \"X\" https://x.example/ 127.0.0.9-2 \"a\"",
		"x address stop bl.example \"X\" https://x.example/ &3 \"a\"",
		"x address stop bl.example \"X\" https://x.example/ &8 \"a\" &4",
		("x address stop bl.example \"X\" https://x.example/ &8 \"a\"\n"
		 "x address stop bl.example \"X\" https://x.example/ &8 \"a\""),
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		parse(sc, bad[i], ERR_INPUT);
		CHECK(strstr(sc->why, "test line") != NULL);
		scope_clear(sc);
	}
}

TEST(an_answer_that_is_not_in_the_table_is_no_listing)
{
	static const struct {
		const char *ip, *state, *reason;
	} cases[] = {
		{ NULL, "clear", "" },
		{ "127.0.0.2", "listed", "two" },
		{ "127.0.0.5", "listed", "four to seven" },
		{ "127.0.0.13", "clear", "" },
		{ "127.0.0.8", "unclear", NULL },
		{ "127.0.1.2", "unclear", NULL },
		{ "127.255.255.252", "unclear", NULL },
		{ "127.255.255.254", "unclear", NULL },
		{ "127.255.255.255", "unclear", NULL },
		{ "192.0.2.1", "unclear", NULL },
	};
	struct lists *l = parse(sc,
		"x address stop bl.example \"X\" https://x.example/ 127.0.0.2 \"two\" "
		"127.0.0.4-7 \"four to seven\" 127.0.0.13-20 \"\"\n"
		"y domain warn d.example \"Y\" https://y.example/ &8 \"eight\" &64 \"more\"",
		ERR_NONE);
	struct dns_answer silent = { .state = DNS_FAILED, .why = "nobody" }, a;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct list_verdict v;

		a = says(sc, cases[i].ip);
		v = list_judge(&l->list[0], &a);
		CHECK_TEXT(v.state, cases[i].state);
		if (cases[i].reason)
			CHECK_TEXT(v.reason, cases[i].reason);
	}
	CHECK_TEXT(list_judge(&l->list[0], &silent).state, "unclear");
	a = says(sc, "127.0.0.72");
	CHECK_TEXT(list_judge(&l->list[1], &a).reason, "eight");
	/* Bit 1 says that the question was blocked. */
	a = says(sc, "127.0.0.1");
	CHECK_TEXT(list_judge(&l->list[1], &a).state, "unclear");
}

TEST(a_list_is_asked_in_its_own_way)
{
	struct lists *l = parse(sc,
		"x address stop bl.example \"X\" https://x.example/ 127.0.0.2 \"a\"\n"
		"y address4 stop b4.example \"Y\" https://x.example/ 127.0.0.2 \"a\"\n"
		"z domain stop d.example \"Z\" https://x.example/ 127.0.0.2 \"a\"",
		ERR_NONE);

	CHECK_TEXT(list_question(sc->mem, &l->list[0], "192.0.2.5"), "5.2.0.192.bl.example");
	CHECK_TEXT(list_question(sc->mem, &l->list[0], "2001:db8::5"),
		"5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.example");
	CHECK_TEXT(list_question(sc->mem, &l->list[1], "2001:db8::5"), NULL);
	CHECK_TEXT(list_question(sc->mem, &l->list[2], "acme.example"), "acme.example.d.example");
	CHECK_TEXT(list_question(sc->mem, &l->list[2], "192.0.2.5"), NULL);
	CHECK_TEXT(list_question(sc->mem, &l->list[0], "acme.example"), NULL);
}

/* ---- against a name server ---- */

#define TESTS "2.0.0.127 A 127.0.0.2\n"
static const char table[] =
	"big address stop big.test \"Big\" https://big.test/ 127.0.0.2 \"sends spam\"\n"
	"small address warn small.test \"Small\" https://small.test/ 127.0.0.2 \"was reported\"\n"
	"names domain stop names.test \"Names\" https://names.test/ 127.0.1.2 \"spam\"\n";

struct list_world {
	struct config config;
	struct nsd nsd;
	int64_t machine, address, domain;
};

static void start(struct scope *sc, struct kit *kit, struct list_world *w)
{
	const char *path = arena_printf(sc->mem, "%s/lists", kit_folder(sc));
	struct hub *hub = fleet_kit_start(sc, kit);

	OK(file_write(sc, path, 0600, bytes_of(table, strlen(table))));
	*w = (struct list_world){ .config = *hub->config };
	w->config.dns_servers = "127.0.0.1:1";
	w->config.lists_file = path;
	hub->config = &w->config;
	w->machine = fleet_kit_enrolled(sc, "one");
	OK(address_add(sc, &(struct address_new){ .ip = "203.0.113.5", .appliance = w->machine },
		&w->address));
}

/* What the lists say from now on of 203.0.113.5, and the names it has. */
static void publish(struct scope *sc, struct list_world *w, const char *big, const char *small,
	const char *names)
{
	struct nsd_zone zones[] = {
		{ "big.test", arena_printf(sc->mem, TESTS "%s", big) },
		{ "small.test", arena_printf(sc->mem, TESTS "%s", small) },
		{ "names.test", names },
		{ "113.0.203.in-addr.arpa", "5 PTR mx.acme.test." },
		{ "acme.test", "mx A 203.0.113.5" },
	};

	if (w->nsd.pid)
		nsd_stop(&w->nsd);
	nsd_start(sc, &w->nsd, zones, COUNT(zones));
	w->config.dns_servers = w->nsd.servers;
}

static void round_now(struct scope *sc, struct kit *kit)
{
	kit->real_ms += 2 * HOUR_MS;
	run_periodic(sc, "repute.lists");
}

static struct address now_is(struct scope *sc, const struct list_world *w)
{
	struct address a;

	OK(address_find(sc, w->address, &a));
	return a;
}

static struct listing row(struct scope *sc, enum listing_unit unit, int64_t id, const char *list)
{
	struct listing *rows, none = { .state = "?" };
	size_t n;

	OK(listing_list(sc, unit, id, &rows, &n));
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].list, list))
			return rows[i];
	return none;
}

TEST(nothing_leaves_from_a_listed_address_until_it_has_rested)
{
	struct list_world w;
	struct address a;

	start(sc, kit, &w);
	OK(address_set_state(sc, w.address, "warming", NULL));
	publish(sc, &w, "", "", "");
	round_now(sc, kit);
	a = now_is(sc, &w);
	CHECK_TEXT(a.state, "warming");
	CHECK_TEXT(a.rdns, "mx.acme.test");
	CHECK_TEXT(a.rdns_state, "good");
	CHECK_INT(a.listed, 0);
	CHECK_TEXT(row(sc, LISTING_ADDRESS, w.address, "big").state, "clear");

	publish(sc, &w, "5.113.0.203 A 127.0.0.2", "5.113.0.203 A 127.0.0.2", "");
	round_now(sc, kit);
	a = now_is(sc, &w);
	CHECK_TEXT(a.state, "quarantined");
	CHECK_TEXT(a.reason, "listed");
	CHECK_INT(a.listed, 2);
	CHECK_TEXT(row(sc, LISTING_ADDRESS, w.address, "big").reason, "sends spam");
	CHECK_INT(row(sc, LISTING_ADDRESS, w.address, "big").since, kit->real_ms);
	CHECK_INT(fleet_kit_events(sc, w.address, "address.listed"), 2);

	/* Silence is no pardon. */
	nsd_stop(&w.nsd);
	round_now(sc, kit);
	CHECK_TEXT(row(sc, LISTING_ADDRESS, w.address, "big").state, "listed");
	CHECK_INT(now_is(sc, &w).listed, 2);
	CHECK_INT(fleet_kit_events(sc, w.address, "address.unlisted"), 0);

	publish(sc, &w, "", "", "");
	round_now(sc, kit);
	a = now_is(sc, &w);
	CHECK_TEXT(a.state, "quarantined");
	CHECK_INT(a.until, kit->real_ms + 3 * DAY_MS);
	CHECK_INT(fleet_kit_events(sc, w.address, "address.unlisted"), 2);
	kit->real_ms += 3 * DAY_MS;
	round_now(sc, kit);
	CHECK_TEXT(now_is(sc, &w).state, "assigned");
	nsd_stop(&w.nsd);
}

TEST(a_lesser_list_degrades_and_a_mistake_says_nothing)
{
	struct list_world w;

	start(sc, kit, &w);
	OK(address_set_state(sc, w.address, "warmed", NULL));
	publish(sc, &w, "5.113.0.203 A 127.255.255.254", "5.113.0.203 A 127.0.0.2", "");
	round_now(sc, kit);
	CHECK_TEXT(now_is(sc, &w).state, "degraded");
	CHECK_INT(now_is(sc, &w).listed, 1);
	CHECK_TEXT(row(sc, LISTING_ADDRESS, w.address, "big").state, "unclear");
	CHECK_INT(row(sc, LISTING_ADDRESS, w.address, "big").checked_at, 0);
	publish(sc, &w, "", "", "");
	round_now(sc, kit);
	CHECK_TEXT(now_is(sc, &w).state, "warmed");
	nsd_stop(&w.nsd);
}

TEST(a_list_that_fails_its_own_test_is_not_believed)
{
	struct list_world w;
	struct nsd_zone zones[] = {
		/* One that has closed and says yes to everything, and one that names nothing. */
		{ "big.test", "* A 127.0.0.2" },
		{ "small.test", "x A 127.0.0.2" },
		{ "113.0.203.in-addr.arpa", "6 PTR mx.acme.test." },
	};

	start(sc, kit, &w);
	OK(address_set_state(sc, w.address, "warmed", NULL));
	nsd_start(sc, &w.nsd, zones, COUNT(zones));
	w.config.dns_servers = w.nsd.servers;
	round_now(sc, kit);
	CHECK_TEXT(now_is(sc, &w).state, "warmed");
	CHECK_TEXT(now_is(sc, &w).rdns_state, "missing");
	CHECK_TEXT(row(sc, LISTING_ADDRESS, w.address, "big").state, "unclear");
	CHECK_TEXT(row(sc, LISTING_ADDRESS, w.address, "small").state, "unclear");
	nsd_stop(&w.nsd);
}

SQL(listing_test_domain, SQL_TENANT,
	"INSERT INTO domain (tenant, id, workspace, name, state, created) VALUES ($1, 5, 77, "
	"'acme.test', 'verified', 0)");

static enum err run_insert(struct scope *sc, void *arg)
{
	return db_run(sc, &listing_test_domain, BIND_NONE, NULL);
}

TEST(a_domain_is_asked_about_when_somebody_asks)
{
	struct list_world w;
	int run;

	start(sc, kit, &w);
	OK(db_write(sc, run_insert, NULL));
	publish(sc, &w, "", "", "acme.test A 127.0.1.2");
	OK(listing_check_ask(sc, LISTING_DOMAIN, 5));
	OK(job_once(sc, jobs, &run));
	CHECK_TEXT(row(sc, LISTING_DOMAIN, 5, "names").state, "listed");
	CHECK_INT(fleet_kit_events(sc, 5, "domain.listed"), 1);
	CHECK_TEXT(row(sc, LISTING_DOMAIN, 5, "big").state, "?");
	nsd_stop(&w.nsd);
}
