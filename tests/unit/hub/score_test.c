/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Scores: the formulas, and that they follow from what was counted. */
#include "repute/score.h"

#include "base/id.h"
#include "base/rand.h"
#include "company_kit.h"
#include "fleet/address.h"
#include "repute/score_follow.h"
#include "store/db.h"

TEST(a_score_falls_with_each_bad_end_and_never_leaves_its_range)
{
	static const struct {
		enum score_unit unit;
		struct score_counts counts;
		int64_t listed, score;
	} cases[] = {
		{ SCORE_MAILBOX, { 0 }, 0, 100 },
		{ SCORE_MAILBOX, { .sent = 100, .delivered = 100 }, 0, 100 },
		{ SCORE_MAILBOX, { .sent = 100, .delivered = 98, .hard = 2 }, 0, 80 },
		{ SCORE_MAILBOX, { .sent = 100, .delivered = 100, .complained = 1 }, 0, 50 },
		/* Who refuses the machine says nothing about the mailbox. */
		{ SCORE_MAILBOX, { .sent = 100, .delivered = 90, .infra = 10 }, 0, 100 },
		{ SCORE_MAILBOX, { .sent = 2, .delivered = 1, .hard = 1 }, 0, 80 },
		{ SCORE_MAILBOX, { .sent = 100, .hard = 100 }, 0, 0 },
		{ SCORE_DOMAIN, { .sent = 1000, .delivered = 980, .hard = 20 }, 0, 89 },
		{ SCORE_DOMAIN, { .sent = 1000, .delivered = 1000, .complained = 3 }, 0, 97 },
		{ SCORE_DOMAIN, { .sent = 1000, .delivered = 1000 }, 2, 80 },
		/* Who does not exist says nothing about the address but that nothing arrived. */
		{ SCORE_ADDRESS, { .sent = 1000, .delivered = 980, .hard = 20 }, 0, 99 },
		{ SCORE_ADDRESS, { .sent = 1000, .delivered = 900, .infra = 100 }, 0, 45 },
		{ SCORE_ADDRESS, { .sent = 1000, .delivered = 1000 }, 11, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_INT(
			score_of(cases[i].unit, &cases[i].counts, cases[i].listed), cases[i].score);
	CHECK_TEXT(score_band(90), "excellent");
	CHECK_TEXT(score_band(89), "good");
	CHECK_TEXT(score_band(74), "fair");
	CHECK_TEXT(score_band(49), "poor");
	CHECK_TEXT(score_band(-1), "none");
}

/* ---- counting ---- */

struct ended {
	int64_t mailbox, appliance, at;
	const char *kind, *reason;
	int n;
};

static enum err write_ends(struct scope *sc, void *arg)
{
	const struct ended *x = arg;
	struct event_row *rows = arena_array(sc->mem, (size_t)x->n, sizeof *rows);

	for (int i = 0; i < x->n; i++)
		rows[i] = (struct event_row){ .tenant = sc->tenant,
			.at = x->at,
			.subject = i + 1,
			.kind = x->kind,
			.data = arena_printf(sc->mem,
				"{\"mailbox\":\"%s\",\"appliance\":\"%s\",\"reason\":\"%s\"}",
				id_format(sc->mem, ID_MAILBOX, x->mailbox),
				id_format(sc->mem, ID_APPLIANCE, x->appliance), x->reason) };
	return score_follow(sc, rows, (size_t)x->n);
}

static void ends(struct scope *sc, const struct company *c, int64_t at, int n, const char *reason)
{
	OK(db_write(sc, write_ends,
		&(struct ended){ c->mailbox, c->appliance, at,
			reason ? "mail.bounced" : "mail.delivered", reason ? reason : "", n }));
}

static struct score_now now_is(struct scope *sc, enum score_unit u)
{
	struct score_now *rows, none = { .score = -2 };
	size_t n;

	OK(score_now_list(sc, u, &rows, &n));
	return n ? rows[0] : none;
}

TEST(ends_of_mails_become_scores_of_mailbox_domain_and_address)
{
	struct company c = company_open(sc, kit);
	struct address a;
	struct score_day *days;
	int64_t id;
	size_t n;

	OK(address_add(
		sc, &(struct address_new){ .ip = "203.0.113.5", .appliance = c.appliance }, &id));
	OK(address_set_state(sc, id, "warmed", NULL));
	ends(sc, &c, kit->real_ms, 90, NULL);
	ends(sc, &c, kit->real_ms, 10, "infrastructure");
	CHECK_INT(now_is(sc, SCORE_MAILBOX).score, -1);
	run_periodic(sc, "repute.scores");
	CHECK_INT(now_is(sc, SCORE_MAILBOX).score, 100);
	CHECK_INT(now_is(sc, SCORE_DOMAIN).score, 95);
	CHECK_INT(now_is(sc, SCORE_ADDRESS).score, 45);
	CHECK_INT(now_is(sc, SCORE_ADDRESS).sent, 100);
	CHECK_INT(now_is(sc, SCORE_ADDRESS).infra, 10);
	OK(address_find(sc, id, &a));
	CHECK_INT(a.score, 45);
	CHECK_TEXT(a.state, "degraded");
	CHECK_TEXT(a.reason, "score");
	/* Weeks of good mail mend it; the bad day leaves the window. */
	for (int day = 0; day < 40; day++) {
		kit->real_ms += DAY_MS;
		ends(sc, &c, kit->real_ms, 5, NULL);
	}
	run_periodic(sc, "repute.scores");
	OK(address_find(sc, id, &a));
	CHECK_INT(a.score, 100);
	CHECK_TEXT(a.state, "warmed");
	OK(score_list(sc, SCORE_ADDRESS, id, 60, &days, &n));
	CHECK_INT(n, 41);
	CHECK_INT(days[40].score, 45);
	CHECK_INT(days[0].score, 100);
	CHECK(days[20].score > 45);
}

/* However the facts are cut into batches and days, a score is that of the plain sum of its window.
 */
TEST(a_score_is_that_of_the_plain_sum_of_its_window)
{
	static const char *const reasons[] = { NULL, NULL, NULL, NULL, "recipient",
		"infrastructure", "full" };
	struct company c = company_open(sc, kit);
	struct score_counts days[40] = { { 0 } }, sum = { 0 };
	struct score_day *rows;
	size_t n;

	for (int day = 0; day < 40; day++) {
		for (int i = 0; i < 6; i++) {
			size_t why = (size_t)rand_below(COUNT(reasons));
			int many = 1 + (int)rand_below(20);

			ends(sc, &c, kit->real_ms, many, reasons[why]);
			days[day].sent += many;
			days[day].delivered += reasons[why] ? 0 : many;
			days[day].hard += why == 4 ? many : 0;
			days[day].infra += why == 5 ? many : 0;
		}
		if (day % 7 == 0)
			run_periodic(sc, "repute.scores");
		if (day < 39)
			kit->real_ms += DAY_MS;
	}
	run_periodic(sc, "repute.scores");
	for (int u = SCORE_DOMAIN; u <= SCORE_MAILBOX; u++) {
		int64_t window = score_window((enum score_unit)u);

		sum = (struct score_counts){ 0 };
		for (int64_t d = 40 - window; d < 40; d++) {
			sum.sent += days[d].sent;
			sum.delivered += days[d].delivered;
			sum.hard += days[d].hard;
			sum.infra += days[d].infra;
		}
		OK(score_list(
			sc, (enum score_unit)u, now_is(sc, (enum score_unit)u).id, 60, &rows, &n));
		CHECK_INT(n, 40);
		CHECK_INT(rows[0].score, score_of((enum score_unit)u, &sum, 0));
		CHECK_INT(rows[0].counts.sent, days[39].sent);
	}
}
