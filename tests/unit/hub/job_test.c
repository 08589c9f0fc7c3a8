/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "job/job.h"

#include "hub_kit.h"
#include "job/job_priv.h"

SQL(job_test_count, SQL_ENGINE, "SELECT COUNT(*) FROM job WHERE kind = $1");

struct asked {
	const char *kind, *key;
	int64_t due;
};

static enum err ask(struct scope *sc, void *arg)
{
	const struct asked *a = arg;

	return job_at(sc, a->kind, 7, a->key, a->due, NULL);
}

static int64_t count(struct scope *sc, const char *kind)
{
	int64_t n = -1;

	OK(db_int(sc, &job_test_count, BIND(V(kind)), &n));
	return n;
}

static enum err runs_fine(struct scope *sc, struct job *j)
{
	CHECK_INT(sc->tenant, KIT_TENANT);
	CHECK_INT(j->subject, 7);
	return ERR_NONE;
}

static enum err fails(struct scope *sc, struct job *j)
{
	return fail(sc, ERR_AWAY, "not there (%s)", j->last_try ? "last" : "again");
}

static enum err refuses(struct scope *sc, struct job *j)
{
	return fail(sc, ERR_INPUT, "nonsense");
}

static enum err comes_again(struct scope *sc, struct job *j)
{
	j->done = 3;
	j->total = 5;
	j->again = now_real(sc).ms + 5000;
	return ERR_NONE;
}

/* Asks for itself while it runs: that run must come. */
static enum err asks_itself(struct scope *sc, struct job *j)
{
	struct asked a = { "asks", "k", now_real(sc).ms + 2000 };

	return db_write(sc, ask, &a);
}

static enum err holds(struct scope *sc, void *arg)
{
	return job_hold(sc, arg);
}

static const struct job_kind kinds[] = {
	{ "fine", 0, 1000, 0, runs_fine, "" },
	{ "fails", 0, 1000, 3, fails, "" },
	{ "refuses", 0, 1000, 0, refuses, "" },
	{ "again", 0, 1000, 0, comes_again, "" },
	{ "asks", 0, 1000, 0, asks_itself, "" },
	{ 0 },
};

TEST(asking_twice_is_asking_once_and_the_earlier_due_counts)
{
	struct asked late = { "fine", "k", 0 }, soon = { "fine", "k", 0 };
	struct job j;
	int run;

	kit_hub_store(sc, kit);
	soon.due = now_real(sc).ms + 1000;
	late.due = soon.due + 60000;
	OK(db_write(sc, ask, &late));
	OK(db_write(sc, ask, &soon));
	OK(db_write(sc, ask, &late));
	CHECK_INT(count(sc, "fine"), 1);
	OK(job_find(sc, "fine", "k", &j));
	CHECK_INT(j.due, soon.due);
	OK(job_once(sc, kinds, &run));
	CHECK_INT(run, 0);
	kit->real_ms += 1000;
	OK(job_once(sc, kinds, &run));
	CHECK_INT(run, 1);
	CHECK_INT(count(sc, "fine"), 0);
}

TEST(a_job_that_fails_comes_again_later_and_later_and_then_stands_still)
{
	struct asked a = { "fails", "k", 0 };
	struct job j;
	int run;

	kit_hub_store(sc, kit);
	OK(db_write(sc, ask, &a));
	OK(job_once(sc, kinds, &run));
	CHECK_INT(run, 1);
	OK(job_find(sc, "fails", "k", &j));
	CHECK_INT(j.tries, 1);
	CHECK_INT(j.due, now_real(sc).ms + 1000);
	CHECK_TEXT(j.error, "not there (again)");
	kit->real_ms += 1000;
	OK(job_once(sc, kinds, &run));
	kit->real_ms += 2000;
	OK(job_once(sc, kinds, &run));
	CHECK_INT(run, 1);
	kit->real_ms += 365 * DAY_MS;
	OK(job_once(sc, kinds, &run));
	CHECK_INT(run, 0);
	OK(job_find(sc, "fails", "k", &j));
	CHECK_TEXT(j.error, "not there (last)");
}

TEST(nonsense_is_not_tried_again)
{
	struct asked a = { "refuses", "k", 0 };
	int run;

	kit_hub_store(sc, kit);
	OK(db_write(sc, ask, &a));
	OK(job_once(sc, kinds, &run));
	CHECK_INT(run, 1);
	kit->real_ms += HOUR_MS;
	OK(job_once(sc, kinds, &run));
	CHECK_INT(run, 0);
}

TEST(a_job_says_when_it_comes_again_and_how_far_it_is)
{
	struct asked a = { "again", "k", 0 };
	struct job j;
	int run;

	kit_hub_store(sc, kit);
	OK(db_write(sc, ask, &a));
	OK(job_once(sc, kinds, &run));
	OK(job_find(sc, "again", "k", &j));
	CHECK_INT(j.due, now_real(sc).ms + 5000);
	CHECK_INT(j.done, 3);
	CHECK_INT(j.total, 5);
	CHECK_INT(j.tries, 0);
}

TEST(asked_for_while_it_runs_it_runs_again)
{
	struct asked a = { "asks", "k", 0 };
	struct job j;
	int run;

	kit_hub_store(sc, kit);
	OK(db_write(sc, ask, &a));
	OK(job_once(sc, kinds, &run));
	CHECK_INT(run, 1);
	OK(job_find(sc, "asks", "k", &j));
	CHECK_INT(j.due, now_real(sc).ms + 2000);
}

TEST(who_outlives_the_lease_has_lost_the_job)
{
	struct asked a = { "fine", "k", 0 };
	struct job first = { .owner = "first", .lease_ms = 1000 };
	struct job second = { .owner = "second", .lease_ms = 1000 };
	struct job found;
	bool taken;

	kit_hub_store(sc, kit);
	OK(db_write(sc, ask, &a));
	OK(job_find(sc, "fine", "k", &found));
	first.id = second.id = found.id;
	OK(job_take(sc, &first, &taken));
	CHECK(taken);
	OK(job_take(sc, &second, &taken));
	CHECK(!taken);
	OK(db_write(sc, holds, &first));
	kit->real_ms += 2000; /* the first hub slept past its lease */
	OK(job_take(sc, &second, &taken));
	CHECK(taken);
	CHECK_INT(db_write(sc, holds, &first), ERR_CONFLICT);
	OK(job_give(sc, &first, &kinds[0], ERR_NONE, NULL));
	CHECK_INT(count(sc, "fine"), 1);
	OK(job_give(sc, &second, &kinds[0], ERR_NONE, NULL));
	CHECK_INT(count(sc, "fine"), 0);
}
