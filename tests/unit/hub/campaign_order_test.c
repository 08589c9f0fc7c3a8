/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The two identities, whatever happens in whatever order. */
#include "audience/contact.h"
#include "campaign/campaign.h"
#include "company_kit.h"

SQL(campaign_test_people, SQL_TENANT,
	"SELECT COUNT(*) FROM enrolment WHERE tenant = $1 AND campaign = $2 AND state = $3");
SQL(campaign_test_mails, SQL_TENANT,
	"SELECT COUNT(*) FROM message WHERE tenant = $1 AND campaign = $2 AND state = $3");

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
		say(sc, c, id, say_lease, 0);
		break;
	case 1:
		say(sc, c, id, say_answer, dice(seed, 4) ? TAKEN_STORED : TAKEN_REFUSED);
		break;
	case 2:
		say(sc, c, id, say_answer, TAKEN_RECALLED);
		break;
	default:
		say(sc, c, id, say_report, ends[dice(seed, COUNT(ends))]);
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
	struct company c = company_open(sc, kit);
	int64_t id;

	company_people(sc, 12);
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
