/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "kit.h"

#include "pace/pace.h"

#define THURSDAY INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define AT(h, m) ((struct plan){ THURSDAY + (h)*HOUR_MS + (m)*MINUTE_MS })

static struct pace_case open_case(void)
{
	return (struct pace_case){ .mail = { .id = 1, .due = 0 },
		.box = { .listed = true,
			.active = true,
			.cap = 3,
			.gap_ms = 5 * MINUTE_MS,
			.days = 127,
			.to_minute = 1440 } };
}

TEST(a_mail_that_nothing_holds_is_free)
{
	struct pace_case c = open_case();
	struct pace_verdict v = pace_check(&c, AT(9, 0));

	CHECK_INT(v.limit, PACE_FREE);
	CHECK_INT(v.lifts, AT(9, 0).ms);
	CHECK_INT(pace_when(&c, AT(9, 0)), AT(9, 0).ms);
}

TEST(each_limit_names_itself_who_set_it_and_when_it_lifts)
{
	struct pace_case c = open_case();
	struct pace_verdict v;

	c.mail.due = AT(10, 0).ms;
	v = pace_check(&c, AT(9, 0));
	CHECK_INT(v.limit, PACE_DUE);
	CHECK_INT(v.lifts, AT(10, 0).ms);
	CHECK_TEXT(v.by, "time");

	c = open_case();
	c.host.stopped = true;
	v = pace_check(&c, AT(9, 0));
	CHECK_INT(v.limit, PACE_CONTROL);
	CHECK_TEXT(v.by, "operator");
	CHECK_INT(v.lifts, PACE_NEVER);
	CHECK_INT(pace_when(&c, AT(9, 0)), PACE_NEVER);

	c = open_case();
	c.host.held = true;
	CHECK_INT(pace_check(&c, AT(9, 0)).limit, PACE_HEALTH);

	c = open_case();
	c.box.active = false;
	c.box.by = "tenant";
	v = pace_check(&c, AT(9, 0));
	CHECK_INT(v.limit, PACE_MAILBOX);
	CHECK_TEXT(v.by, "tenant");
	c.box = (struct pace_box){ 0 };
	CHECK_INT(pace_check(&c, AT(9, 0)).limit, PACE_MAILBOX);

	c = open_case();
	c.mail.suppressed = true;
	CHECK_INT(pace_check(&c, AT(9, 0)).limit, PACE_SUPPRESSED);

	c = open_case();
	c.used = (struct pace_used){ clock_day(THURSDAY), 3, AT(1, 0).ms };
	v = pace_check(&c, AT(9, 0));
	CHECK_INT(v.limit, PACE_CAP);
	CHECK_INT(v.value, 3);
	CHECK_INT(v.lifts, AT(24, 0).ms);
	CHECK_INT(pace_check(&c, AT(24, 0)).limit, PACE_FREE);

	c.used.count = 1;
	c.used.last = AT(8, 58).ms;
	v = pace_check(&c, AT(9, 0));
	CHECK_INT(v.limit, PACE_GAP);
	CHECK_INT(v.value, 5 * MINUTE_MS);
	CHECK_INT(v.lifts, AT(9, 3).ms);
	CHECK_INT(pace_check(&c, AT(9, 3)).limit, PACE_FREE);
}

TEST(an_order_stops_or_slows_beside_the_lane_s_own_gates)
{
	struct pace_case c = open_case();
	struct pace_order stop = { .stop = AT(12, 0).ms, .stop_by = "operator" };
	struct pace_order slow = { .slow = PACE_NEVER, .rate = 6, .slow_by = "weather" };
	struct lane lane = { .stage = 1, .cap = 100, .cap_most = 100, .cap_before = 100 };
	struct pace_verdict v;

	c.orders[LANE_IP] = &stop;
	v = pace_check(&c, AT(9, 0));
	CHECK_INT(v.limit, PACE_STOP);
	CHECK_INT(v.lane, LANE_IP);
	CHECK_TEXT(v.by, "operator");
	CHECK_INT(v.lifts, stop.stop);
	/* A gate's own stop binds when it lasts longer. */
	lane.stopped = AT(13, 0).ms;
	c.lanes[LANE_PROVIDER] = &lane;
	v = pace_check(&c, AT(9, 0));
	CHECK_TEXT(v.by, "gate");
	CHECK_INT(v.lifts, lane.stopped);
	CHECK_INT(pace_check(&c, AT(13, 0)).limit, PACE_FREE);

	c.orders[LANE_PROVIDER] = &slow;
	CHECK_INT(pace_check(&c, AT(13, 0)).limit, PACE_FREE);
	lane.shape.last = AT(13, 0).ms;
	v = pace_check(&c, AT(13, 6));
	CHECK_INT(v.limit, PACE_SHAPE);
	CHECK_INT(v.lane, LANE_PROVIDER);
	CHECK_INT(v.value, 6);
	CHECK_TEXT(v.by, "weather");
	CHECK_INT(v.lifts, AT(13, 10).ms);
	slow.slow = AT(13, 8).ms;
	CHECK_INT(pace_check(&c, AT(13, 6)).lifts, AT(13, 8).ms);
	stop.stop = PACE_NEVER;
	CHECK_INT(pace_when(&c, AT(13, 6)), PACE_NEVER);
}

TEST(the_window_is_of_the_mailbox_s_own_zone)
{
	struct pace_case c = open_case();

	c.box.from_minute = 8 * 60;
	c.box.to_minute = 20 * 60;
	c.box.days = 1 << 4 | 1 << 1; /* Thursday, Monday */
	c.box.offset_minutes = -5 * 60;
	CHECK_INT(pace_check(&c, AT(12, 59)).limit, PACE_WINDOW);
	CHECK_INT(pace_check(&c, AT(12, 59)).lifts, AT(13, 0).ms);
	CHECK_INT(pace_check(&c, AT(13, 0)).limit, PACE_FREE);
	/* 01:00 UTC on Friday is still Thursday evening there, and just past the end. */
	CHECK_INT(pace_check(&c, AT(24, 59)).limit, PACE_FREE);
	CHECK_INT(pace_check(&c, AT(25, 0)).lifts, AT(4 * 24 + 13, 0).ms);
	c.box.days = 0;
	CHECK_INT(pace_check(&c, AT(13, 0)).lifts, PACE_NEVER);
}

TEST(of_several_limits_the_one_that_lifts_last_binds)
{
	struct pace_case c = open_case();

	c.used = (struct pace_used){ clock_day(THURSDAY), 3, AT(9, 0).ms };
	c.mail.due = AT(30, 0).ms;
	CHECK_INT(pace_check(&c, AT(9, 0)).limit, PACE_DUE);
	c.mail.due = AT(10, 0).ms;
	CHECK_INT(pace_check(&c, AT(9, 0)).limit, PACE_CAP);
	c.host.stopped = true;
	CHECK_INT(pace_check(&c, AT(9, 0)).limit, PACE_CONTROL);
}

TEST(a_cap_of_nothing_never_lifts)
{
	struct pace_case c = open_case();

	c.box.cap = 0;
	CHECK_INT(pace_check(&c, AT(9, 0)).limit, PACE_CAP);
	CHECK_INT(pace_check(&c, AT(9, 0)).lifts, PACE_NEVER);
}

TEST(a_clock_set_back_does_not_open_the_cap_again)
{
	struct pace_case c = open_case();

	for (int i = 0; i < 3; i++)
		pace_count(&c.used, AT(24 + 9, i));
	pace_count(&c.used, AT(23, 0));
	CHECK_INT(c.used.day, clock_day(THURSDAY) + 1);
	CHECK_INT(pace_check(&c, AT(23, 50)).limit, PACE_CAP);
}

TEST(jitter_is_even_bounded_and_always_the_same)
{
	int64_t low = 0;

	for (int64_t id = 1; id <= 10000; id++) {
		int64_t j = pace_jitter(id, 999);

		NEED(j >= 0 && j <= 999);
		NEED(j == pace_jitter(id, 999));
		low += j < 500;
	}
	CHECK(low > 4800 && low < 5200);
	CHECK_INT(pace_jitter(7, 0), 0);
}

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static struct pace_box random_box(uint64_t *seed)
{
	int64_t from = (int64_t)(next(seed) % 1400);

	return (struct pace_box){ .listed = true,
		.active = true,
		.cap = 1 + (int64_t)(next(seed) % 40),
		.gap_ms = (int64_t)(next(seed) % (30 * MINUTE_MS)),
		.jitter_ms = (int64_t)(next(seed) % (10 * MINUTE_MS)),
		.days = 1 + (int64_t)(next(seed) % 127),
		.from_minute = from,
		.to_minute = from + 1 + (int64_t)(next(seed) % (uint64_t)(1440 - from)),
		.offset_minutes = (int64_t)(next(seed) % 1680) - 840 };
}

struct traffic {
	int64_t day, today, last;
};

/* What must hold of every release, computed without pace's own code. */
static void release_is_lawful(const struct pace_case *c, struct traffic *t, int64_t now)
{
	int64_t local = now + c->box.offset_minutes * MINUTE_MS;
	int64_t day = now / DAY_MS, minute = local / MINUTE_MS % 1440;

	t->today = day == t->day ? t->today + 1 : 1;
	t->day = day;
	NEED(t->today <= c->box.cap);
	NEED(!t->last || now - t->last >= c->box.gap_ms);
	NEED(minute >= c->box.from_minute && minute < c->box.to_minute);
	NEED(c->box.days >> (local / DAY_MS + 4) % 7 & 1);
	NEED(now >= c->mail.due);
	t->last = now;
}

TEST(random_traffic_breaks_no_cap_no_gap_and_no_window_and_never_waits_without_reason)
{
	uint64_t seed = 42;

	for (int round = 0; round < 60; round++) {
		struct pace_case c = { .box = random_box(&seed) };
		struct traffic seen = { 0 };
		struct plan now = { THURSDAY + (int64_t)(next(&seed) % (7 * DAY_MS)) };

		for (int mail = 0; mail < 200; mail++) {
			struct pace_verdict v;
			int64_t when;

			c.mail.id = (int64_t)(next(&seed) >> 2);
			c.mail.due = now.ms + (int64_t)(next(&seed) % (2 * HOUR_MS));
			when = pace_when(&c, now);
			NEED(when != PACE_NEVER && when >= now.ms);
			/* Until then something holds it, and says so with a later end. */
			for (int i = 0; i < 20; i++) {
				struct plan at = { now.ms };

				if (when == now.ms)
					break;
				at.ms += (int64_t)(next(&seed) % (uint64_t)(when - now.ms));
				v = pace_check(&c, at);
				NEED(v.limit != PACE_FREE && v.lifts > at.ms && v.lifts <= when);
			}
			now.ms = when;
			NEED(pace_check(&c, now).limit == PACE_FREE);
			release_is_lawful(&c, &seen, now.ms);
			pace_count(&c.used, now);
		}
	}
}

TEST(an_allowance_counts_days_windows_gaps_and_what_is_used)
{
	struct pace_case c = open_case();
	struct pace_used used = { clock_day(THURSDAY), 2, 0 };

	c.box.from_minute = 8 * 60;
	c.box.to_minute = 20 * 60;
	c.box.cap = 40;
	CHECK_INT(pace_allowance(&c.box, &used, AT(9, 0), 10 * MINUTE_MS, 500), 3);
	CHECK_INT(pace_allowance(&c.box, &used, AT(1, 0), HOUR_MS, 500), 0);
	CHECK_INT(pace_allowance(&c.box, &used, AT(0, 0), 3 * DAY_MS, 500), 38 + 40 + 40);
	CHECK_INT(pace_allowance(&c.box, &used, AT(0, 0), 400 * DAY_MS, 500), 500);
	c.box.active = false;
	CHECK_INT(pace_allowance(&c.box, &used, AT(0, 0), 3 * DAY_MS, 500), 0);
}
