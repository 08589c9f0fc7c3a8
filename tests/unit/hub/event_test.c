/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "event/event.h"

#include <pthread.h>

#include "event/kind.h"
#include "hub_kit.h"
#include "jobs.h"

SQL(event_test_positions, SQL_TENANT,
	"SELECT COUNT(*) FROM event WHERE tenant = $1 AND pos BETWEEN 1 AND $2");
SQL(event_test_head, SQL_ENGINE, "SELECT head FROM slot WHERE slot = 0");
SQL(event_test_cursor, SQL_ENGINE, "SELECT pos FROM cursor WHERE follower = $1 AND slot = 0");
SQL(event_test_details, SQL_TENANT, "SELECT COUNT(*) FROM detail WHERE tenant = $1");

struct writing {
	int64_t subject;
	int facts;
	bool fails;
	const char *detail;
	int64_t contact;
};

static enum err write_facts(struct scope *sc, void *arg)
{
	const struct writing *w = arg;

	for (int i = 0; i < w->facts; i++) {
		event_add(sc, &(struct event){ .kind = i % 2 ? "test.odd" : "test.even",
				      .subject = w->subject,
				      .detail = w->detail,
				      .contact = w->contact,
				      .data = arena_printf(sc->mem, "{\"n\":%d}", i) });
		tally_add(sc, "test", w->subject, "facts", 1);
	}
	return w->fails ? fail(sc, ERR_CONFLICT, "not today") : ERR_NONE;
}

static int64_t head(struct scope *sc)
{
	int64_t n = -1;

	OK(db_int(sc, &event_test_head, BIND_NONE, &n));
	return n;
}

TEST(a_write_that_is_rolled_back_leaves_neither_fact_nor_hole)
{
	struct writing good = { .subject = 7, .facts = 3 };
	struct writing bad = { .subject = 7, .facts = 5, .fails = true };
	struct tally_row *rows;
	int64_t n;
	size_t kinds;

	kit_hub_store(sc, kit);
	OK(db_write(sc, write_facts, &good));
	CHECK_INT(db_write(sc, write_facts, &bad), ERR_CONFLICT);
	OK(db_write(sc, write_facts, &good));
	CHECK_INT(head(sc), 6);
	OK(db_int(sc, &event_test_positions, BIND(V(6)), &n));
	CHECK_INT(n, 6);
	OK(tally_list(sc, "test", 7, &rows, &kinds));
	CHECK_INT(tally_of(rows, kinds, "facts"), 6);
}

struct writer {
	const struct scope *parent;
	int64_t subject;
};

static void *write_often(void *arg)
{
	const struct writer *w = arg;
	struct scope sc;

	scope_open_for(&sc, w->parent, KIT_TENANT);
	for (int i = 0; i < 40; i++) {
		struct writing facts = { w->subject, 1 + i % 3, i % 5 == 4, NULL, 0 };

		if (db_write(&sc, write_facts, &facts) && !facts.fails)
			abort();
	}
	scope_close(&sc);
	return NULL;
}

TEST(many_writers_leave_a_log_without_holes)
{
	struct writer w[4];
	pthread_t threads[4];
	int64_t last, n;

	kit_hub_store(sc, kit);
	for (int i = 0; i < 4; i++) {
		w[i] = (struct writer){ sc, 10 + i };
		NEED(pthread_create(&threads[i], NULL, write_often, &w[i]) == 0);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	last = head(sc);
	CHECK(last > 0);
	OK(db_int(sc, &event_test_positions, BIND(V(last)), &n));
	CHECK_INT(n, last);
}

TEST(a_timeline_shows_the_newest_first_with_its_details_opened)
{
	struct writing w = { .subject = 5, .facts = 3, .detail = "550 5.1.1 <ann@example.org>" };
	struct event_row *rows;
	const char **details;
	size_t n;

	kit_hub_store(sc, kit);
	OK(db_write(sc, write_facts, &w));
	OK(event_timeline(sc, 5, 0, 2, &rows, &details, &n));
	NEED(n == 2);
	CHECK_TEXT(rows[0].data, "{\"n\":2}");
	CHECK_TEXT(details[0], "550 5.1.1 <ann@example.org>");
	OK(event_timeline(sc, 5, rows[1].pos, 2, &rows, NULL, &n));
	NEED(n == 1);
	CHECK_TEXT(rows[0].data, "{\"n\":0}");
	sc->tenant = 4004;
	OK(event_timeline(sc, 5, 0, 10, &rows, NULL, &n));
	CHECK_INT((int64_t)n, 0);
}

static enum err forget(struct scope *sc, void *arg)
{
	(void)arg;
	return event_forget_contact(sc, 9);
}

TEST(details_that_name_a_person_can_be_forgotten)
{
	struct writing ann = { .subject = 5, .facts = 2, .detail = "Ann", .contact = 9 };
	struct writing bob = { .subject = 6, .facts = 1, .detail = "Bob", .contact = 8 };
	struct event_row *rows;
	const char **details;
	int64_t left;
	size_t n;

	kit_hub_store(sc, kit);
	OK(db_write(sc, write_facts, &ann));
	OK(db_write(sc, write_facts, &bob));
	OK(db_write(sc, forget, NULL));
	OK(db_int(sc, &event_test_details, BIND_NONE, &left));
	CHECK_INT(left, 1);
	OK(event_timeline(sc, 5, 0, 10, &rows, &details, &n));
	NEED(n == 2);
	CHECK(!details[0] && !details[1]);
}

static enum err ask_for_retention(struct scope *sc, void *arg)
{
	int64_t tenant = sc->tenant;
	enum err e;

	(void)arg;
	sc->tenant = 0;
	e = job_now(sc, "event.retain", 0, "");
	sc->tenant = tenant;
	return e;
}

TEST(details_go_after_90_days_and_their_facts_stay)
{
	struct writing w = { .subject = 5, .facts = 2, .detail = "Ann" };
	struct event_row *rows;
	int64_t left;
	size_t n;
	int run;

	kit_hub_store(sc, kit);
	OK(db_write(sc, write_facts, &w));
	kit->real_ms += 89 * DAY_MS;
	OK(db_write(sc, write_facts, &w));
	kit->real_ms += 2 * DAY_MS;
	OK(db_write(sc, ask_for_retention, NULL));
	OK(job_once(sc, jobs, &run));
	OK(db_int(sc, &event_test_details, BIND_NONE, &left));
	CHECK_INT(left, 2);
	OK(event_timeline(sc, 5, 0, 10, &rows, NULL, &n));
	CHECK_INT((int64_t)n, 4);
}

/* ---- followers ---- */

/* Its effect is a counter, so that repeats would show. */
static enum err count_facts(struct scope *sc, const struct event_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		CHECK_INT(rows[i].tenant, sc->tenant);
		tally_add(sc, "seen", rows[i].subject, rows[i].kind, 1);
	}
	return ERR_NONE;
}

static enum err refuse_odd(struct scope *sc, const struct event_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		tally_add(sc, "seen", rows[i].subject, rows[i].kind, 1);
		if (str_eq(rows[i].kind, "test.odd"))
			return fail(sc, ERR_INTERNAL, "odd");
	}
	return ERR_NONE;
}

static int64_t seen(struct scope *sc, int64_t subject, const char *kind)
{
	struct tally_row *rows;
	size_t n;

	OK(tally_list(sc, "seen", subject, &rows, &n));
	return tally_of(rows, n, kind);
}

static const char *const even_kinds[] = { "test.even", "other.*", NULL };
static const struct follower counter = { "counter", even_kinds, count_facts };

TEST(a_follower_sees_each_fact_it_asked_for_once)
{
	struct writing w = { .subject = 5, .facts = 4 };
	int done;

	kit_hub_store(sc, kit);
	kit_tenant_add(sc, 2002);
	OK(db_write(sc, write_facts, &w));
	sc->tenant = 2002;
	OK(db_write(sc, write_facts, &w));
	OK(follow_once(sc, &counter, &done));
	CHECK_INT(done, 8);
	OK(follow_once(sc, &counter, &done));
	CHECK_INT(done, 0);
	CHECK_INT(seen(sc, 5, "test.even"), 2);
	sc->tenant = KIT_TENANT;
	CHECK_INT(seen(sc, 5, "test.even"), 2);
	CHECK_INT(seen(sc, 5, "test.odd"), 0);
}

TEST(a_follower_that_fails_leaves_neither_effect_nor_moved_cursor)
{
	struct follower f = { "refuser", NULL, refuse_odd };
	struct writing w = { .subject = 5, .facts = 2 };
	int64_t pos;
	int done;

	kit_hub_store(sc, kit);
	OK(db_write(sc, write_facts, &w));
	CHECK_INT(follow_once(sc, &f, &done), ERR_INTERNAL);
	CHECK_INT(seen(sc, 5, "test.even"), 0);
	OK(db_int(sc, &event_test_cursor, BIND(V("refuser")), &pos));
	CHECK_INT(pos, 0);
	f.apply = count_facts;
	OK(follow_once(sc, &f, &done));
	CHECK_INT(seen(sc, 5, "test.even"), 1);
	CHECK_INT(seen(sc, 5, "test.odd"), 1);
}

static struct hub *second_hub(struct scope *sc)
{
	struct hub *hub = arena_alloc(sc->mem, sizeof *hub);

	*hub = *hub_of(sc);
	snprintf(hub->name, sizeof hub->name, "second");
	return hub;
}

static bool waits_for(struct scope *sc, int64_t subject, const char *kind, int64_t n)
{
	for (int i = 0; i < 300 && seen(sc, subject, kind) < n; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	return seen(sc, subject, kind) == n;
}

TEST(two_runners_share_a_follower_and_repeat_nothing)
{
	static const struct follower list[] = { { "counter", NULL, count_facts }, { 0 } };
	struct writing w = { .subject = 5, .facts = 2 };
	struct hub *hub = kit_hub_store(sc, kit);
	struct follow *one, *two;

	OK(follow_start(hub, list, &one));
	OK(follow_start(second_hub(sc), list, &two));
	for (int i = 0; i < 100; i++) {
		OK(db_write(sc, write_facts, &w));
		follow_poke(one);
		follow_poke(two);
	}
	CHECK(waits_for(sc, 5, "test.even", 100));
	CHECK_INT(seen(sc, 5, "test.odd"), 100);
	follow_stop(one);
	OK(db_write(sc, write_facts, &w));
	CHECK(waits_for(sc, 5, "test.even", 101));
	follow_stop(two);
}

TEST(a_fact_that_cannot_be_applied_is_named_and_those_before_it_are_not_held_up)
{
	static const struct follower list[] = { { "refuser", NULL, refuse_odd }, { 0 } };
	struct writing w = { .subject = 5, .facts = 2 };
	struct hub *hub = kit_hub_store(sc, kit);
	struct follow *f;

	OK(db_write(sc, write_facts, &w));
	OK(follow_start(hub, list, &f));
	CHECK(waits_for(sc, 5, "test.even", 1));
	follow_stop(f);
	CHECK_INT(seen(sc, 5, "test.odd"), 0);
}

TEST(every_kind_is_known_sorted_and_documented)
{
	char *text = arena_alloc(sc->mem, 64 * 1024);
	FILE *doc = fopen("docs/events.md", "r");

	NEED(doc != NULL);
	CHECK(fread(text, 1, 64 * 1024 - 1, doc) > 0);
	fclose(doc);
	for (size_t i = 0; i < event_kind_count; i++) {
		const char *kind = event_kinds[i].kind;

		CHECK(event_kind_is_known(kind));
		CHECK(i == 0 || strcmp(event_kinds[i - 1].kind, kind) < 0);
		CHECK(strstr(text, arena_printf(sc->mem, "| `%s` |", kind)) != NULL);
	}
	CHECK(!event_kind_is_known("mail.invented"));
}
