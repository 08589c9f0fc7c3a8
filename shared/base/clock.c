/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

struct real clock_real(const struct clock *c)
{
	return (struct real){ c->read ? c->read(c->from) : read_clock(CLOCK_REALTIME) };
}

struct plan clock_plan_at(const struct clock *c, struct real at)
{
	return (struct plan){ c->anchor_plan + (at.ms - c->anchor_real) * c->rate };
}

struct real clock_real_at(const struct clock *c, struct plan at)
{
	int64_t span = at.ms - c->anchor_plan;

	return (struct real){ c->anchor_real - floor_div(-span, c->rate) };
}

struct plan clock_plan(const struct clock *c)
{
	return clock_plan_at(c, clock_real(c));
}

int64_t clock_mono(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_day(int64_t ms)
{
	return floor_div(ms, DAY_MS);
}

int clock_minute(int64_t ms)
{
	return (int)((ms - clock_day(ms) * DAY_MS) / MINUTE_MS);
}

int clock_weekday(int64_t ms)
{
	/* 1970-01-01 was a Thursday. */
	int64_t day = (clock_day(ms) + 4) % 7;

	return (int)(day < 0 ? day + 7 : day);
}

char *clock_iso(int64_t ms, char *buf)
{
	time_t secs = (time_t)floor_div(ms, 1000);
	struct tm tm;

	if (!gmtime_r(&secs, &tm) || strftime(buf, 25, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(buf, 25, "%lldms", (long long)(ms % 1000000000000000));
	return buf;
}
