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

/* Year, month and day of the Gregorian calendar, counted in eras of 400 years that begin in March,
   so that the day that may be missing is the last of a year. */
static void date_of(int64_t day, int date[3])
{
	int64_t since = day + 719468, era = floor_div(since, 146097);
	int64_t of_era = since - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;

	date[2] = (int)(of_year - (153 * month + 2) / 5 + 1);
	date[1] = (int)(month < 10 ? month + 3 : month - 9);
	date[0] = (int)(year + era * 400 + (date[1] <= 2));
}

static char *put_digits(char *at, int n, int width, char after)
{
	for (int i = width; i-- > 0; n /= 10)
		at[i] = (char)('0' + n % 10);
	at[width] = after;
	return at + width + 1;
}

/* The C library's way takes a lock of the whole process, and each line of the log has a time. */
char *clock_iso(int64_t ms, char *buf)
{
	int64_t day = clock_day(ms);
	int second = (int)(floor_div(ms, 1000) - day * (DAY_MS / 1000)), date[3];
	char *at = buf;

	date_of(day, date);
	if (date[0] < 0 || date[0] > 9999) {
		snprintf(buf, 25, "%lldms", (long long)(ms % 1000000000000000));
		return buf;
	}
	at = put_digits(at, date[0], 4, '-');
	at = put_digits(at, date[1], 2, '-');
	at = put_digits(at, date[2], 2, 'T');
	at = put_digits(at, second / 3600, 2, ':');
	at = put_digits(at, second / 60 % 60, 2, ':');
	at = put_digits(at, second % 60, 2, 'Z');
	*at = 0;
	return buf;
}
