/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Domains, against a real name server; and what its answers are worth, by hand. */
#include "hub_kit.h"

#include "company_kit.h"
#include "config.h"
#include "jobs.h"
#include "nsd.h"
#include "sender/domain.h"
#include "sender/domain_check.h"
#include "sender/record.h"
#include "sender/record_judge.h"

/* ---- judging ---- */

static struct dns_answer answer(struct scope *sc, const char *const *texts, size_t n)
{
	struct dns_answer a = { .state = n ? DNS_FOUND : DNS_NONE, .count = n };

	a.records = arena_array(sc->mem, n, sizeof *a.records);
	for (size_t i = 0; i < n; i++)
		a.records[i].text = texts[i];
	return a;
}
#define ANSWER(...)                                                                                \
	answer(sc, (const char *const[]){ __VA_ARGS__ }, COUNT(((const char *[]){ __VA_ARGS__ })))

static const struct dns_answer nothing = { .state = DNS_NONE };
static const struct dns_answer nobody = { .state = DNS_FAILED };

TEST(no_answer_is_held_against_nobody)
{
	CHECK_TEXT(judge_owner(sc, &nobody, "x").state, "unclear");
	CHECK_TEXT(judge_mx(sc, &nobody).state, "unclear");
	CHECK_TEXT(judge_spf(sc, &nobody).state, "unclear");
	CHECK_TEXT(judge_dkim(sc, &nobody).state, "unclear");
	CHECK_TEXT(judge_dmarc(sc, &nobody, NULL).state, "unclear");
	CHECK_TEXT(judge_dmarc(sc, &nothing, &nobody).state, "unclear");
}

TEST(a_domain_is_proved_by_its_own_token_alone)
{
	struct dns_answer two = ANSWER("other", "mine"), one = ANSWER("other");

	CHECK_TEXT(judge_owner(sc, &two, "mine").state, "good");
	CHECK_TEXT(judge_owner(sc, &two, "mine").found, "other\nmine");
	CHECK_TEXT(judge_owner(sc, &one, "mine").state, "wrong");
	CHECK_TEXT(judge_owner(sc, &nothing, "mine").state, "missing");
}

TEST(an_spf_policy_must_end_and_close)
{
	static const struct {
		const char *text, *state;
	} cases[] = {
		{ "v=spf1 ip4:192.0.2.1 -all", "good" },
		{ "v=spf1 mx ~all", "good" },
		{ "v=spf1 redirect=_spf.example.com", "good" },
		{ "v=spf1 ?all", "good" },
		{ "v=spf1 +all", "wrong" },
		{ "v=spf1 all", "wrong" },
		{ "v=spf1 mx", "wrong" },
		{ "v=spf1", "wrong" },
		{ "v=spf1 include:a include:b include:c include:d include:e include:f a mx ptr "
		  "exists:x -all",
			"good" },
		{ "v=spf1 include:a include:b include:c include:d include:e include:f a mx ptr "
		  "exists:x include:g -all",
			"wrong" },
		{ "v=spf10 -all", "missing" },
	};
	struct dns_answer two = ANSWER("v=spf1 -all", "v=spf1 mx -all"), none = ANSWER("hello");

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_answer a = ANSWER("unrelated", cases[i].text);

		CHECK_TEXT(judge_spf(sc, &a).state, cases[i].state);
	}
	CHECK_TEXT(judge_spf(sc, &two).state, "wrong");
	CHECK_TEXT(judge_spf(sc, &none).state, "missing");
	CHECK_TEXT(judge_spf(sc, &none).found, "");
}

TEST(a_dkim_key_is_there_and_not_revoked)
{
	struct dns_answer good = ANSWER("v=DKIM1; k=rsa; p=MIGf"), bare = ANSWER("p=MIGf"),
			  empty = ANSWER("v=DKIM1; p="), other = ANSWER("v=DKIM2; p=MIGf"),
			  text = ANSWER("hello");

	CHECK_TEXT(judge_dkim(sc, &good).state, "good");
	CHECK_TEXT(judge_dkim(sc, &bare).state, "good");
	CHECK_TEXT(judge_dkim(sc, &empty).state, "wrong");
	CHECK_TEXT(judge_dkim(sc, &other).state, "wrong");
	CHECK_TEXT(judge_dkim(sc, &text).state, "wrong");
	CHECK_TEXT(judge_dkim(sc, &nothing).state, "missing");
}

TEST(an_exact_mx_is_the_machines_own)
{
	static const char *const hosts[] = { "mail.acme.example", "mx2.acme.example" };
	struct dns_answer both = ANSWER("mail.acme.example", "mx2.acme.example", "old.example"),
			  one = ANSWER("mail.acme.example");

	CHECK_TEXT(judge_mx_exactly(sc, &both, hosts, 2).state, "good");
	CHECK_TEXT(judge_mx_exactly(sc, &one, hosts, 1).state, "good");
	CHECK_TEXT(judge_mx_exactly(sc, &one, hosts, 2).state, "wrong");
	CHECK_TEXT(judge_mx_exactly(sc, &nothing, hosts, 1).state, "missing");
	CHECK_TEXT(judge_mx_exactly(sc, &nobody, hosts, 1).state, "unclear");
}

TEST(an_exact_policy_lets_the_machine_in)
{
	static const struct {
		const char *text;
		bool mx;
		const char *state;
	} cases[] = {
		{ "v=spf1 mx a:mail.acme.example ~all", false, "good" },
		{ "v=spf1 A:Mail.acme.example -all", false, "good" },
		{ "v=spf1 mx -all", true, "good" },
		{ "v=spf1 mx -all", false, "wrong" },
		{ "v=spf1 a:other.example ~all", true, "wrong" },
		{ "v=spf1 -all", true, "wrong" },
		/* What cannot be told here is held against nobody. */
		{ "v=spf1 include:_spf.example.com -all", false, "good" },
		{ "v=spf1 ip4:198.51.100.0/24 -all", false, "good" },
		{ "v=spf1 mx +all", true, "wrong" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_answer a = ANSWER(cases[i].text);

		CHECK_TEXT(
			judge_spf_exactly(sc, &a, "v=spf1 mx a:mail.acme.example ~all", cases[i].mx)
				.state,
			cases[i].state);
	}
}

TEST(an_exact_key_is_the_one_that_signs)
{
	struct dns_answer same = ANSWER("v=DKIM1; k=rsa; p=MIGf AAAA"),
			  other = ANSWER("v=DKIM1; p=MIGx"),
			  two = ANSWER("v=DKIM1; p=MIGfAAAA", "v=DKIM1; p=MIGx");
	const char *wanted = "v=DKIM1; k=rsa; p=MIGfAAAA";

	CHECK_TEXT(judge_dkim_exactly(sc, &same, wanted).state, "good");
	CHECK_TEXT(judge_dkim_exactly(sc, &other, wanted).state, "wrong");
	CHECK_TEXT(judge_dkim_exactly(sc, &two, wanted).state, "wrong");
	CHECK_TEXT(judge_dkim_exactly(sc, &nothing, wanted).state, "missing");
}

TEST(a_dmarc_policy_may_be_the_parents)
{
	struct dns_answer own = ANSWER("v=DMARC1; p=none"), broken = ANSWER("v=DMARC1; p=maybe"),
			  two = ANSWER("v=DMARC1; p=none", "v=DMARC1; p=reject");

	CHECK_TEXT(judge_dmarc(sc, &own, NULL).state, "good");
	CHECK_TEXT(judge_dmarc(sc, &nothing, NULL).state, "missing");
	CHECK_TEXT(judge_dmarc(sc, &nothing, &own).state, "good");
	CHECK_TEXT(judge_dmarc(sc, &nothing, &broken).state, "missing");
	CHECK_TEXT(judge_dmarc(sc, &broken, &own).state, "wrong");
	CHECK_TEXT(judge_dmarc(sc, &two, NULL).state, "wrong");
}

TEST(a_domain_that_takes_no_mail_says_so)
{
	struct dns_answer mx = ANSWER("mx.example.com"), null = ANSWER("");

	mx.records[0].priority = 10;
	CHECK_TEXT(judge_mx(sc, &mx).state, "good");
	CHECK_TEXT(judge_mx(sc, &mx).found, "10 mx.example.com");
	CHECK_TEXT(judge_mx(sc, &null).state, "wrong");
	CHECK_TEXT(judge_mx(sc, &nothing).state, "missing");
}

/* ---- looking up ---- */

struct dns_world {
	struct config config;
	struct nsd nsd;
	int64_t id;
	const char *token;
};

/* KIT_TENANT's domain example.test, in a hub that asks nobody yet. */
static void start(struct scope *sc, struct kit *kit, struct dns_world *w)
{
	struct hub *hub = kit_hub_store(sc, kit);

	*w = (struct dns_world){ .config = { .dns_servers = "127.0.0.1:1" } };
	hub->config = &w->config;
	company_workspace(sc);
	OK(domain_add(sc, "example.test", &w->id));
	OK(record_token(sc, "example.test", &w->token));
}

static void publish(struct scope *sc, struct dns_world *w, const char *more)
{
	struct nsd_zone zone = { "example.test",
		arena_printf(sc->mem,
			"_penguinmails-verify TXT \"%s\"\n@ MX 10 mx\n@ TXT \"v=spf1 mx -all\"\n%s",
			w->token, more) };

	if (w->nsd.pid)
		nsd_stop(&w->nsd);
	nsd_start(sc, &w->nsd, &zone, 1);
	w->config.dns_servers = w->nsd.servers;
}

static struct record find_record(struct scope *sc, int64_t domain, const char *purpose)
{
	struct records all;
	struct domain d;

	OK(domain_find(sc, domain, &d));
	OK(record_list(sc, &d, &all));
	for (size_t i = 0; i < all.count; i++)
		if (str_eq(all.list[i].purpose, purpose))
			return all.list[i];
	NEED(false);
	return all.list[0];
}

static void check_state(struct scope *sc, int64_t id, const char *state)
{
	struct domain d;

	OK(domain_find(sc, id, &d));
	CHECK_TEXT(d.state, state);
}

TEST(a_new_domain_is_verified_once_its_record_is_found)
{
	struct dns_world w;
	struct domain d;
	int64_t *good;
	int run;

	start(sc, kit, &w);
	OK(job_once(sc, jobs, &run));
	check_state(sc, w.id, "pending");
	CHECK_TEXT(find_record(sc, w.id, "owner").state, "unclear");
	publish(sc, &w, "");
	/* Nobody asks again: its time comes. */
	run_periodic(sc, "sender.domains");
	check_state(sc, w.id, "pending");
	kit->real_ms += MINUTE_MS + 1;
	run_periodic(sc, "sender.domains");
	check_state(sc, w.id, "verified");
	CHECK_TEXT(find_record(sc, w.id, "owner").found, w.token);
	CHECK_TEXT(find_record(sc, w.id, "mx").found, "10 mx.example.test");
	CHECK_TEXT(find_record(sc, w.id, "dkim").state, "missing");
	CHECK_TEXT(find_record(sc, w.id, "dmarc").name, "_dmarc.example.test");
	OK(domain_find(sc, w.id, &d));
	OK(record_count(sc, &d, 1, &good));
	CHECK_INT(good[0], 3);
	nsd_stop(&w.nsd);
}

TEST(what_nobody_answers_changes_nothing)
{
	struct dns_world w;
	struct record before, after;

	start(sc, kit, &w);
	publish(sc, &w, "");
	OK(domain_check(sc, NULL, w.id));
	before = find_record(sc, w.id, "spf");
	CHECK_TEXT(before.state, "good");
	nsd_stop(&w.nsd);
	kit->real_ms += HOUR_MS;
	OK(domain_check(sc, NULL, w.id));
	after = find_record(sc, w.id, "spf");
	CHECK_TEXT(after.state, "good");
	CHECK_INT(after.checked_at, before.checked_at);
	CHECK(!str_empty(after.reason));
	check_state(sc, w.id, "verified");
}

TEST(a_record_that_changes_is_seen_and_dated)
{
	struct dns_world w;
	struct record r;

	start(sc, kit, &w);
	publish(sc, &w, "");
	OK(domain_check(sc, NULL, w.id));
	r = find_record(sc, w.id, "dkim");
	kit->real_ms += HOUR_MS;
	OK(domain_check(sc, NULL, w.id));
	CHECK_INT(find_record(sc, w.id, "dkim").since, r.since);
	OK(domain_set_selector(sc, w.id, "S2024"));
	publish(sc, &w, "s2024._domainkey TXT \"v=DKIM1; p=AAAA\"\n");
	kit->real_ms += HOUR_MS;
	OK(domain_check(sc, NULL, w.id));
	r = find_record(sc, w.id, "dkim");
	CHECK_TEXT(r.state, "good");
	CHECK_TEXT(r.name, "s2024._domainkey.example.test");
	CHECK_INT(r.since, kit->real_ms);
	CHECK_INT(domain_set_selector(sc, w.id, "a b"), ERR_INPUT);
	nsd_stop(&w.nsd);
}

/* Another company adds the same name; what both have in common is the DNS. */
static int64_t rival(struct scope *sc, const char **token)
{
	int64_t id;

	kit_tenant_add(sc, 1002);
	sc->tenant = 1002;
	company_workspace(sc);
	OK(domain_add(sc, "example.test", &id));
	OK(record_token(sc, "example.test", token));
	return id;
}

TEST(a_domain_is_one_companys_at_a_time)
{
	struct dns_world w;
	const char *token, *mine;
	int64_t theirs;

	start(sc, kit, &w);
	theirs = rival(sc, &token);
	CHECK(!str_eq(token, w.token));
	publish(sc, &w, arena_printf(sc->mem, "_penguinmails-verify TXT \"%s\"\n", token));
	sc->tenant = KIT_TENANT;
	OK(domain_check(sc, NULL, w.id));
	check_state(sc, w.id, "verified");
	/* Both tokens stand there: who came first keeps it. */
	sc->tenant = 1002;
	OK(domain_check(sc, NULL, theirs));
	check_state(sc, theirs, "pending");
	CHECK_TEXT(find_record(sc, theirs, "owner").state, "wrong");
	/* The first one's is taken away: the second proves it, the first has lost it. */
	mine = w.token;
	w.token = token;
	publish(sc, &w, "");
	OK(domain_check(sc, NULL, theirs));
	check_state(sc, theirs, "verified");
	sc->tenant = KIT_TENANT;
	OK(domain_check(sc, NULL, w.id));
	check_state(sc, w.id, "pending");
	/* What the operator gave nobody proves away. */
	OK(domain_confirm(sc, w.id));
	sc->tenant = 1002;
	OK(domain_check(sc, NULL, theirs));
	check_state(sc, theirs, "pending");
	/* Until it is stopped. */
	sc->tenant = KIT_TENANT;
	OK(domain_stop(sc, w.id));
	sc->tenant = 1002;
	OK(domain_check(sc, NULL, theirs));
	check_state(sc, theirs, "verified");
	CHECK(!str_eq(mine, token));
	nsd_stop(&w.nsd);
}

TEST(a_stopped_domain_rests_until_it_is_asked_for)
{
	struct dns_world w;
	int run;

	start(sc, kit, &w);
	publish(sc, &w, "");
	OK(job_once(sc, jobs, &run));
	OK(domain_stop(sc, w.id));
	kit->real_ms += DAY_MS;
	run_periodic(sc, "sender.domains");
	check_state(sc, w.id, "stopped");
	OK(domain_check_ask(sc, w.id));
	check_state(sc, w.id, "pending");
	OK(job_once(sc, jobs, &run));
	check_state(sc, w.id, "verified");
	nsd_stop(&w.nsd);
}
