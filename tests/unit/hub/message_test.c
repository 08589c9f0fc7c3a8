/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "hub_kit.h"

#include <string.h>

#include "base/id.h"
#include "event/event.h"
#include "store/db.h"

#include "send/message.h"

#define CAMPAIGN  77
#define APPLIANCE 501

SQL(message_test_takes, SQL_TENANT, "UPDATE message SET id = $3 WHERE tenant = $1 AND id = $2");

/* ---- small acts, each a write of its own ---- */

struct act {
	enum act_kind { CREATE, LEASE, SKIP, TAKEN, FACT, LOST, RECALL } kind;
	int64_t id, appliance, at;
	const char *word; /* key, reason */
	int64_t what;     /* answer, fact, enum recall_of */
	bool leased;
};

static enum err perform(struct scope *sc, void *arg)
{
	struct act *a = arg;
	struct message_new m = { .origin = "step",
		.key = a->word,
		.workspace = 1,
		.campaign = CAMPAIGN,
		.contact = 9,
		.enrolment = 10,
		.node = 11,
		.content = 12,
		.due = now_plan(sc) };
	struct message_lease lease = { .id = a->id,
		.mailbox = 301,
		.appliance = a->appliance,
		.provider = "other",
		.until = { now_real(sc).ms + HOUR_MS } };
	struct wire_answer answer = { .id = a->id, .answer = a->what, .reason = a->word };
	struct wire_taken taken = {
		.batch = a->at ? a->at : now_real(sc).ms, .answers = &answer, .count = 1
	};
	struct wire_fact fact = { .kind = a->what,
		.message = a->id,
		.at = now_real(sc).ms,
		.code = 250,
		.text = a->word };

	switch (a->kind) {
	case CREATE:
		return message_create(sc, &m, &a->id);
	case LEASE:
		return message_lease(sc, &lease, &a->leased);
	case SKIP:
		return message_skip(sc, a->id, a->word);
	case TAKEN:
		return message_taken(sc, a->appliance, &taken);
	case FACT:
		return message_fact(sc, a->appliance, &fact, false);
	case LOST:
		return message_lost(sc, a->appliance);
	case RECALL:
		return message_recall(sc, (enum recall_of)a->what, CAMPAIGN, a->word, NULL);
	}
	return ERR_INTERNAL;
}

static void act(struct scope *sc, struct act a)
{
	OK(db_write(sc, perform, &a));
}

static int64_t create(struct scope *sc, const char *key)
{
	struct act a = { .kind = CREATE, .word = key };

	OK(db_write(sc, perform, &a));
	return a.id;
}

static bool lease(struct scope *sc, int64_t id, int64_t appliance)
{
	struct act a = { .kind = LEASE, .id = id, .appliance = appliance };

	OK(db_write(sc, perform, &a));
	return a.leased;
}

static void answer(struct scope *sc, int64_t id, enum taken_answer what, const char *reason)
{
	act(sc, (struct act){ .kind = TAKEN,
			.id = id,
			.appliance = APPLIANCE,
			.what = what,
			.word = reason });
}

static void fact(struct scope *sc, int64_t id, enum fact what)
{
	act(sc, (struct act){ .kind = FACT, .id = id, .appliance = APPLIANCE, .what = what });
}

static const char *state_of(struct scope *sc, int64_t id)
{
	struct message m;

	OK(message_find(sc, id, &m));
	return m.state;
}

/* The counters say what the rows say, and their sum is what was created. */
static void check_identity(struct scope *sc)
{
	struct tally_row *rows;
	struct message_counts counts;
	int64_t sum = 0;
	size_t n;

	OK(tally_list(sc, "campaign", CAMPAIGN, &rows, &n));
	OK(message_counts(sc, CAMPAIGN, &counts));
	for (int s = 0; s < MESSAGE_STATES; s++) {
		const char *kind =
			arena_printf(sc->mem, "mail.%s", message_state_name((enum message_state)s));

		CHECK_INT(tally_of(rows, n, kind), counts.of[s]);
		sum += counts.of[s];
	}
	CHECK_INT(tally_of(rows, n, "mail.created"), sum);
	CHECK_INT(counts.created, sum);
}

/* ---- tests ---- */

TEST(a_mail_is_made_once_whatever_its_number_of_wishes)
{
	int64_t id, again;

	kit_hub_store(sc, kit);
	id = create(sc, "e/n/1");
	again = create(sc, "e/n/1");
	CHECK_INT(again, id);
	CHECK_INT(id, id_derive(KIT_TENANT, "step", "e/n/1"));
	CHECK_TEXT(state_of(sc, id), "due");
	check_identity(sc);
}

static enum err take_name(struct scope *sc, void *arg)
{
	const int64_t *id = arg;

	return db_run(sc, &message_test_takes,
		BIND(V(*id), V(id_derive(KIT_TENANT, "step", "f/n/1"))), NULL);
}

TEST(a_mail_whose_id_another_has_got_by_chance_is_made_all_the_same)
{
	int64_t there, id;

	kit_hub_store(sc, kit);
	there = create(sc, "e/n/1");
	OK(db_write(sc, take_name, &there));
	id = create(sc, "f/n/1");
	CHECK(id != id_derive(KIT_TENANT, "step", "f/n/1"));
	CHECK_INT(create(sc, "f/n/1"), id);
	CHECK_TEXT(state_of(sc, id), "due");
	check_identity(sc);
}

TEST(the_usual_way_goes_through_every_state)
{
	int64_t id;
	struct message m;
	struct event_row *rows;
	size_t n;

	kit_hub_store(sc, kit);
	id = create(sc, "a");
	CHECK(lease(sc, id, APPLIANCE));
	CHECK(!lease(sc, id, APPLIANCE + 1));
	answer(sc, id, TAKEN_STORED, NULL);
	CHECK_TEXT(state_of(sc, id), "handed");
	fact(sc, id, FACT_QUEUED);
	CHECK_TEXT(state_of(sc, id), "queued");
	fact(sc, id, FACT_DEFERRED);
	fact(sc, id, FACT_DELIVERED);
	OK(message_find(sc, id, &m));
	CHECK_TEXT(m.state, "delivered");
	CHECK_INT(m.defers, 1);
	CHECK_INT(m.queued_at, kit->real_ms);
	CHECK_INT(m.done_at, kit->real_ms);
	check_identity(sc);
	OK(event_timeline(sc, id, 0, 20, &rows, NULL, &n));
	CHECK_INT(n, 5);
	NEED(n == 5);
	CHECK_TEXT(rows[0].kind, "mail.delivered");
	CHECK_TEXT(rows[1].kind, "mail.deferred");
	CHECK_TEXT(rows[4].kind, "mail.leased");
	CHECK(strstr(rows[0].data, id_format(sc->mem, ID_CAMPAIGN, CAMPAIGN)) != NULL);
	CHECK(strstr(rows[0].data, id_format(sc->mem, ID_ENROLMENT, 10)) != NULL);
}

/* Every order of the N facts of LIST from AT on; the end is always the same. */
static void permute(struct scope *sc, enum fact *list, int at, int n, const char *end, int *count)
{
	if (at == n) {
		int64_t id = create(sc, arena_printf(sc->mem, "%s%d", end, (*count)++));

		CHECK(lease(sc, id, APPLIANCE));
		for (int i = 0; i < n; i++) {
			if (list[i] == FACT_MAX)
				answer(sc, id, TAKEN_STORED, NULL);
			else
				fact(sc, id, list[i]);
		}
		CHECK_TEXT(state_of(sc, id), end);
		return;
	}
	for (int i = at; i < n; i++) {
		enum fact swap = list[at];

		list[at] = list[i];
		list[i] = swap;
		permute(sc, list, at + 1, n, end, count);
		list[i] = list[at];
		list[at] = swap;
	}
}

TEST(facts_merge_to_the_same_end_in_every_order)
{
	enum fact good[] = { FACT_MAX, FACT_QUEUED, FACT_DEFERRED, FACT_DELIVERED };
	enum fact late[] = { FACT_MAX, FACT_QUEUED, FACT_DELIVERED, FACT_BOUNCED };
	enum fact late_unknown[] = { FACT_UNKNOWN, FACT_BOUNCED };
	int count = 0;

	kit_hub_store(sc, kit);
	permute(sc, good, 0, COUNT(good), "delivered", &count);
	permute(sc, late, 0, COUNT(late), "bounced", &count);
	permute(sc, late_unknown, 0, COUNT(late_unknown), "bounced", &count);
	CHECK_INT(count, 24 + 24 + 2);
	check_identity(sc);
}

TEST(another_appliance_moves_nothing)
{
	int64_t id;

	kit_hub_store(sc, kit);
	id = create(sc, "a");
	CHECK(lease(sc, id, APPLIANCE));
	act(sc, (struct act){ .kind = FACT, .id = id, .appliance = 999, .what = FACT_DELIVERED });
	act(sc, (struct act){ .kind = TAKEN, .id = id, .appliance = 999, .what = TAKEN_STORED });
	CHECK_TEXT(state_of(sc, id), "leased");
	check_identity(sc);
}

TEST(a_hub_restored_from_a_copy_learns_what_was_sent_meanwhile)
{
	int64_t id;
	struct message m;

	kit_hub_store(sc, kit);
	/* The lease, the answer and the copy's missing hour are gone; the facts come again. */
	id = create(sc, "a");
	fact(sc, id, FACT_QUEUED);
	CHECK(!lease(sc, id, APPLIANCE + 1));
	fact(sc, id, FACT_DELIVERED);
	OK(message_find(sc, id, &m));
	CHECK_TEXT(m.state, "delivered");
	CHECK_INT(m.appliance, APPLIANCE);
	/* An end that was reached without any appliance stays. */
	id = create(sc, "b");
	act(sc, (struct act){ .kind = SKIP, .id = id, .word = "hand" });
	fact(sc, id, FACT_DELIVERED);
	CHECK_TEXT(state_of(sc, id), "skipped");
	check_identity(sc);
}

TEST(refused_and_unsent_mail_is_due_again_and_may_go_elsewhere)
{
	int64_t id;
	struct message m;

	kit_hub_store(sc, kit);
	id = create(sc, "a");
	CHECK(lease(sc, id, APPLIANCE));
	answer(sc, id, TAKEN_REFUSED, "full");
	OK(message_find(sc, id, &m));
	CHECK_TEXT(m.state, "due");
	CHECK_INT(m.appliance, 0);
	CHECK_INT(m.mailbox, 0);
	CHECK(m.due > now_plan(sc).ms);
	kit->real_ms += 1;
	CHECK(lease(sc, id, APPLIANCE));
	fact(sc, id, FACT_UNSENT);
	CHECK_TEXT(state_of(sc, id), "due");
	/* Once it is in a queue, nothing takes it back. */
	kit->real_ms += 1;
	CHECK(lease(sc, id, APPLIANCE));
	fact(sc, id, FACT_QUEUED);
	fact(sc, id, FACT_UNSENT);
	answer(sc, id, TAKEN_RECALLED, NULL);
	answer(sc, id, TAKEN_REFUSED, "full");
	CHECK_TEXT(state_of(sc, id), "queued");
	check_identity(sc);
}

TEST(not_after_grows_with_each_lease_even_when_the_clock_went_back)
{
	int64_t id, before;
	struct message m;

	kit_hub_store(sc, kit);
	id = create(sc, "a");
	CHECK(lease(sc, id, APPLIANCE));
	OK(message_find(sc, id, &m));
	before = m.until;
	fact(sc, id, FACT_UNSENT);
	kit->real_ms -= 5 * MINUTE_MS;
	CHECK(lease(sc, id, APPLIANCE));
	OK(message_find(sc, id, &m));
	CHECK(m.until > before);
}

TEST(an_answer_to_an_earlier_lease_is_not_taken_for_this_one)
{
	int64_t id, first;

	kit_hub_store(sc, kit);
	id = create(sc, "a");
	first = kit->real_ms;
	CHECK(lease(sc, id, APPLIANCE));
	fact(sc, id, FACT_UNSENT);
	kit->real_ms += 1000;
	CHECK(lease(sc, id, APPLIANCE));
	act(sc, (struct act){ .kind = TAKEN,
			.id = id,
			.appliance = APPLIANCE,
			.at = first,
			.what = TAKEN_STORED });
	CHECK_TEXT(state_of(sc, id), "leased");
	act(sc, (struct act){ .kind = TAKEN,
			.id = id,
			.appliance = APPLIANCE,
			.at = first,
			.what = TAKEN_REFUSED });
	CHECK_TEXT(state_of(sc, id), "leased");
	answer(sc, id, TAKEN_STORED, NULL);
	CHECK_TEXT(state_of(sc, id), "handed");
}

TEST(a_refusal_that_nothing_mends_ends_as_failed)
{
	int64_t id;
	struct message m;

	kit_hub_store(sc, kit);
	id = create(sc, "a");
	CHECK(lease(sc, id, APPLIANCE));
	answer(sc, id, TAKEN_REFUSED, "too_large");
	OK(message_find(sc, id, &m));
	CHECK_TEXT(m.state, "failed");
	CHECK_TEXT(m.reason, "too_large");
	check_identity(sc);
}

static void mark_published(struct scope *sc, int64_t id);

TEST(a_pause_brings_mail_back_to_wait_and_a_cancel_ends_it)
{
	int64_t due, held, stored;
	struct message m;

	kit_hub_store(sc, kit);
	due = create(sc, "due");
	held = create(sc, "held");
	stored = create(sc, "stored");
	CHECK(lease(sc, held, APPLIANCE));
	CHECK(lease(sc, stored, APPLIANCE));
	mark_published(sc, stored);
	answer(sc, stored, TAKEN_STORED, NULL);
	act(sc, (struct act){ .kind = RECALL, .what = RECALL_CAMPAIGN, .word = "paused" });
	CHECK_TEXT(state_of(sc, due), "due");
	/* Never published, so nobody has to be asked. */
	CHECK_TEXT(state_of(sc, held), "due");
	OK(message_find(sc, stored, &m));
	CHECK_TEXT(m.state, "handed");
	CHECK_TEXT(m.recall, "paused");
	act(sc, (struct act){ .kind = RECALL, .what = RECALL_CAMPAIGN, .word = "cancelled" });
	CHECK_TEXT(state_of(sc, due), "skipped");
	CHECK_TEXT(state_of(sc, held), "skipped");
	answer(sc, stored, TAKEN_RECALLED, NULL);
	OK(message_find(sc, stored, &m));
	CHECK_TEXT(m.state, "skipped");
	CHECK_TEXT(m.reason, "cancelled");
	check_identity(sc);
}

TEST(a_recall_that_comes_too_late_changes_nothing)
{
	int64_t id;
	struct message m;

	kit_hub_store(sc, kit);
	id = create(sc, "a");
	CHECK(lease(sc, id, APPLIANCE));
	mark_published(sc, id);
	act(sc, (struct act){ .kind = RECALL, .what = RECALL_CAMPAIGN, .word = "unsubscribed" });
	answer(sc, id, TAKEN_TOO_LATE, NULL);
	OK(message_find(sc, id, &m));
	CHECK_TEXT(m.state, "handed");
	CHECK(m.recall == NULL);
	fact(sc, id, FACT_QUEUED);
	fact(sc, id, FACT_DELIVERED);
	CHECK_TEXT(state_of(sc, id), "delivered");
	check_identity(sc);
}

TEST(a_lost_appliance_leaves_unknown_what_it_may_have_sent)
{
	int64_t fresh, published, queued, done;
	struct message m;

	kit_hub_store(sc, kit);
	fresh = create(sc, "fresh");
	published = create(sc, "published");
	queued = create(sc, "queued");
	done = create(sc, "done");
	CHECK(lease(sc, fresh, APPLIANCE) && lease(sc, published, APPLIANCE) &&
		lease(sc, queued, APPLIANCE) && lease(sc, done, APPLIANCE));
	mark_published(sc, published);
	fact(sc, queued, FACT_QUEUED);
	fact(sc, done, FACT_DELIVERED);
	act(sc, (struct act){ .kind = LOST, .appliance = APPLIANCE });
	CHECK_TEXT(state_of(sc, fresh), "due");
	CHECK_TEXT(state_of(sc, published), "unknown");
	OK(message_find(sc, queued, &m));
	CHECK_TEXT(m.state, "unknown");
	CHECK_TEXT(m.reason, "appliance_lost");
	CHECK_TEXT(state_of(sc, done), "delivered");
	check_identity(sc);
}

SQL(message_test_published, SQL_TENANT,
	"UPDATE message SET sent_at = 5 WHERE tenant = $1 AND id = $2");

static enum err publish(struct scope *sc, void *arg)
{
	return db_run(sc, &message_test_published, BIND(V(*(int64_t *)arg)), NULL);
}

static void mark_published(struct scope *sc, int64_t id)
{
	OK(db_write(sc, publish, &id));
}

/* Anything in any order: rows and counters never disagree, and no end is ever left but for a
   bounce. */
TEST(both_counts_hold_after_any_sequence)
{
	int64_t ids[12];
	unsigned seed = 20260101;
	const char *ends[] = { "skipped", "failed", "expired", "unknown", "delivered", "bounced" };

	kit_hub_store(sc, kit);
	for (size_t i = 0; i < COUNT(ids); i++)
		ids[i] = create(sc, arena_printf(sc->mem, "k%zu", i));
	for (int step = 0; step < 600; step++) {
		const char *words[] = { "paused", "cancelled", "hand" };
		int64_t id = ids[rand_r(&seed) % COUNT(ids)];
		const char *before = state_of(sc, id), *after;
		struct act a = { .id = id, .appliance = APPLIANCE + (rand_r(&seed) % 5 == 0) };

		kit->real_ms += rand_r(&seed) % 3;
		a.kind = (enum act_kind)(1 + rand_r(&seed) % 4);
		if (rand_r(&seed) % 60 == 0)
			a.kind = rand_r(&seed) % 2 ? LOST : RECALL;
		if (a.kind == TAKEN)
			a.what = rand_r(&seed) % 4;
		if (a.kind == FACT)
			a.what = FACT_QUEUED + rand_r(&seed) % (FACT_UNSENT - FACT_QUEUED + 1);
		if (a.kind == SKIP && rand_r(&seed) % 8)
			continue;
		if (a.kind == RECALL)
			a.what = RECALL_CAMPAIGN;
		a.word = a.kind == RECALL ? words[rand_r(&seed) % 3] : "why";
		act(sc, a);
		after = state_of(sc, id);
		for (size_t i = 0; i < COUNT(ends); i++)
			if (str_eq(before, ends[i]))
				CHECK(str_eq(after, before) || str_eq(after, "bounced"));
		if (step % 40 == 0)
			check_identity(sc);
	}
	check_identity(sc);
}

/* ---- facts in their hundreds ---- */

#define CROWD 40

struct report {
	struct wire_fact facts[CROWD * 4];
	size_t n;
};

static void say(struct scope *sc, struct report *r, int64_t id, enum fact kind)
{
	r->facts[r->n] = (struct wire_fact){ .kind = kind,
		.message = id,
		.at = now_real(sc).ms + (int64_t)r->n,
		.code = kind == FACT_BOUNCED ? 550 : 250,
		.status = kind == FACT_BOUNCED ? "5.1.1" : NULL,
		.queue_id = kind == FACT_QUEUED ? "4bXyZ1" : NULL };
	r->n++;
}

static enum err report_all(struct scope *sc, void *arg)
{
	const struct report *r = arg;

	return message_fact_list(sc, APPLIANCE, r->facts, r->n, false);
}

static int64_t count_kind(struct scope *sc, int64_t id, const char *kind, int64_t *pos)
{
	struct event_row *rows;
	int64_t found = 0;
	size_t n;

	OK(event_timeline(sc, id, 0, 100, &rows, NULL, &n));
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].kind, kind)) {
			*pos = rows[i].pos;
			found++;
		}
	return found;
}

TEST(many_facts_at_once_do_what_each_of_them_would)
{
	struct report *r = arena_alloc(sc->mem, sizeof *r);
	int64_t ids[CROWD], foreign, queued = 0, delivered = 0, pos;
	struct message m;

	kit_hub_store(sc, kit);
	for (int i = 0; i < CROWD; i++) {
		ids[i] = create(sc, arena_printf(sc->mem, "crowd/%d", i));
		CHECK(lease(sc, ids[i], APPLIANCE));
	}
	foreign = create(sc, "crowd/foreign");
	CHECK(lease(sc, foreign, APPLIANCE + 1));
	for (int i = 0; i < CROWD; i++) {
		say(sc, r, ids[i], FACT_QUEUED);
		say(sc, r, ids[i], FACT_DELIVERED);
		if (i % 4 == 0)
			say(sc, r, ids[i], FACT_BOUNCED);
		if (i == 7)
			say(sc, r, foreign, FACT_DELIVERED);
		if (i == 9)
			say(sc, r, ids[i], FACT_QUEUED);
	}
	OK(db_write(sc, report_all, r));
	for (int i = 0; i < CROWD; i++) {
		OK(message_find(sc, ids[i], &m));
		CHECK_TEXT(m.state, i % 4 == 0 ? "bounced" : "delivered");
		CHECK_TEXT(m.queue_id, "4bXyZ1");
		CHECK_INT(m.code, i % 4 == 0 ? 550 : 250);
		CHECK(m.queued_at > 0 && m.done_at > m.queued_at);
		CHECK_INT(count_kind(sc, ids[i], "mail.queued", &queued), 1);
		CHECK_INT(count_kind(sc, ids[i], "mail.delivered", &delivered), 1);
		CHECK(queued < delivered);
		CHECK_INT(count_kind(sc, ids[i], "mail.ignored", &pos), i == 9);
	}
	CHECK_TEXT(state_of(sc, foreign), "leased");
	CHECK_INT(count_kind(sc, foreign, "mail.ignored", &pos), 1);
	check_identity(sc);
}
