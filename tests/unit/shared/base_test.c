/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "kit.h"

#include <string.h>

#include "base/id.h"
#include "base/out.h"
#include "base/wait.h"

TEST(plan_time_runs_at_its_rate_from_the_anchor)
{
	kit->clock.rate = 100;
	kit->real_ms += 5;
	CHECK_INT(now_plan(sc).ms, kit->clock.anchor_plan + 500);
	CHECK_INT(clock_real_at(&kit->clock, now_plan(sc)).ms, kit->real_ms);
	/* A plan moment between two real milliseconds is reached at the later one. */
	CHECK_INT(clock_real_at(&kit->clock, (struct plan){ kit->clock.anchor_plan + 1 }).ms,
		kit->clock.anchor_real + 1);
}

TEST(days_and_weekdays_floor_before_1970_too)
{
	char when[25];

	CHECK_INT(clock_day(-1), -1);
	CHECK_INT(clock_weekday(0), 4);
	CHECK_INT(clock_weekday(-DAY_MS), 3);
	CHECK_INT(clock_minute(-MINUTE_MS), 24 * 60 - 1);
	CHECK_TEXT(clock_iso(kit->real_ms, when), "2026-01-01T00:00:00Z");
	CHECK_TEXT(clock_iso(-1, when), "1969-12-31T23:59:59Z");
	CHECK_TEXT(clock_iso(INT64_C(951868799999), when), "2000-02-29T23:59:59Z");
	CHECK_TEXT(clock_iso(INT64_C(4107542399000), when), "2100-02-28T23:59:59Z");
	CHECK_TEXT(clock_iso(INT64_C(4107542400000), when), "2100-03-01T00:00:00Z");
	CHECK_TEXT(clock_iso(INT64_MAX, when), "372036854775807ms");
}

TEST(ids_grow_even_when_the_clock_goes_back)
{
	int64_t last = new_id(sc);

	for (int i = 0; i < 10000; i++) {
		int64_t id;

		kit->real_ms -= i % 3;
		id = new_id(sc);
		NEED(id > last);
		last = id;
	}
}

TEST(an_id_is_read_back_from_its_text_and_from_no_other)
{
	int64_t id = new_id(sc), back = 0;
	char *text = id_format(sc->mem, ID_CAMPAIGN, id);

	CHECK(id_parse(text, ID_CAMPAIGN, &back));
	CHECK_INT(back, id);
	CHECK(!id_parse(text, ID_CONTACT, &back));
	CHECK(!id_parse("cmp_", ID_CAMPAIGN, &back));
	CHECK(!id_parse("cmp_zzzzzzzzzzzzz", ID_CAMPAIGN, &back));
	CHECK(!id_parse(NULL, ID_CAMPAIGN, &back));
	text[6] = 'U';
	CHECK(!id_parse(text, ID_CAMPAIGN, &back));
	CHECK(id_parse(id_format(sc->mem, ID_CAMPAIGN, INT64_MAX), ID_CAMPAIGN, &back));
	CHECK_INT(back, INT64_MAX);
}

TEST(a_derived_id_depends_on_each_of_its_parts)
{
	int64_t id = id_derive(1, "step", "a/b/1");

	CHECK(id > 0);
	CHECK_INT(id_derive(1, "step", "a/b/1"), id);
	CHECK(id_derive(2, "step", "a/b/1") != id);
	CHECK(id_derive(1, "test", "a/b/1") != id);
	CHECK(id_derive(1, "step", "a/b/2") != id);
}

TEST(ids_of_parts_lie_side_by_side_and_what_was_scattered_stays_so)
{
	int64_t one = id_derive_in(1, 77, "enrolment", "a"),
		scattered = id_derive(1, "enrolment", "a");
	int64_t mail = id_derive_beside(1, one, "step", "a/b/1");

	CHECK(one > 0 && mail > 0);
	CHECK_INT(id_derive_in(1, 77, "enrolment", "a"), one);
	CHECK(id_derive_in(1, 77, "enrolment", "b") != one);
	CHECK_INT(id_derive_in(1, 77, "enrolment", "b") >> 52, one >> 52);
	CHECK(id_derive_in(1, 78, "enrolment", "a") >> 52 != one >> 52);
	CHECK_INT(mail >> 52, one >> 52);
	CHECK(mail != one);
	/* As a hub before places would have made it. */
	CHECK_INT(id_derive_beside(1, scattered, "step", "a/b/1"), id_derive(1, "step", "a/b/1"));
	CHECK_INT(id_derive_beside(1, 0, "step", "a/b/1"), id_derive(1, "step", "a/b/1"));
}

TEST(numbers_are_read_whole_and_within_limits)
{
	char digits[STR_NUMBER];
	int64_t n = 7;

	CHECK_TEXT(str_number(0, digits), "0");
	CHECK_TEXT(str_number(-1200, digits), "-1200");
	CHECK_TEXT(str_number(INT64_MIN, digits), "-9223372036854775808");

	CHECK(str_int("-9223372036854775808", INT64_MIN, INT64_MAX, &n));
	CHECK_INT(n, INT64_MIN);
	CHECK(str_int("9223372036854775807", INT64_MIN, INT64_MAX, &n));
	CHECK(!str_int("9223372036854775808", INT64_MIN, INT64_MAX, &n));
	CHECK(!str_int("", 0, 9, &n));
	CHECK(!str_int("-", -9, 9, &n));
	CHECK(!str_int("1 ", 0, 9, &n));
	CHECK(!str_int("10", 0, 9, &n));
	CHECK_INT(n, INT64_MAX);
}

TEST(base64url_has_one_spelling_for_each_value)
{
	struct bytes back;
	unsigned char data[5] = { 0xff, 0, 0x10, 0x83, 0xfe };

	for (size_t len = 0; len <= sizeof data; len++) {
		char *text = str_base64url(sc->mem, data, len);

		NEED(str_unbase64url(sc->mem, text, 64, &back));
		CHECK_INT(back.len, len);
		CHECK(memcmp(back.data, data, len) == 0);
	}
	CHECK(!str_unbase64url(sc->mem, "_x", 64, &back));
	CHECK(!str_unbase64url(sc->mem, "A", 64, &back));
	CHECK(!str_unbase64url(sc->mem, "AA==", 64, &back));
}

TEST(utf8_refuses_overlong_forms_surrogates_and_nul)
{
	CHECK(str_is_utf8("grüße \xf0\x9f\x90\xa7", 12));
	CHECK(!str_is_utf8("\xc0\x80", 2));
	CHECK(!str_is_utf8("\xed\xa0\x80", 3));
	CHECK(!str_is_utf8("\xf5\x80\x80\x80", 4));
	CHECK(!str_is_utf8("a\0b", 3));
	CHECK(!str_is_utf8("\xe2\x82", 2));
}

TEST(out_grows_and_stays_terminated)
{
	struct out o;

	out_init(&o, sc->mem);
	for (int i = 0; i < 1000; i++)
		out_printf(&o, "%d,", i);
	CHECK_INT(o.len, strlen(o.data));
	out_cut(&o, 4);
	CHECK_TEXT(o.data, "0,1,");
}

TEST(a_private_error_shows_a_general_sentence)
{
	enum err e = fail(sc, ERR_INTERNAL, "table %s is gone", "x");

	CHECK_INT(e, ERR_INTERNAL);
	CHECK_TEXT(sc->why, "table x is gone");
	CHECK(strstr(sc->tell, "table") == NULL);
	e = fail_field(sc, "name", "must not be empty");
	CHECK_TEXT(sc->field, "name");
	CHECK_TEXT(sc->tell, "must not be empty");
}

/* ---- waiting ---- */

struct waiting {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool told;
};

static void *tell(void *arg)
{
	struct waiting *w = arg;

	pthread_mutex_lock(&w->lock);
	w->told = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

TEST(a_wait_ends_when_it_is_told_or_its_time_is_over)
{
	struct waiting w = { .lock = PTHREAD_MUTEX_INITIALIZER };
	int64_t began = clock_mono();
	pthread_t thread;

	wait_init(&w.wake);
	pthread_mutex_lock(&w.lock);
	while (wait_until(&w.wake, &w.lock, began + 20))
		continue;
	CHECK(clock_mono() >= began + 20);
	NEED(pthread_create(&thread, NULL, tell, &w) == 0);
	while (!w.told && wait_until(&w.wake, &w.lock, began + HOUR_MS))
		continue;
	CHECK(w.told);
	pthread_mutex_unlock(&w.lock);
	pthread_join(thread, NULL);
	pthread_cond_destroy(&w.wake);
}
