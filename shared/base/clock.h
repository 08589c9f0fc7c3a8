/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Two clocks of different types, both UTC milliseconds since 1970, so that the compiler keeps them
 * apart. Real time rules security, TLS, sessions, leases, transport and logs. Plan time rules
 * campaign delays, warm-up days, windows, gaps and caps; it runs at a rate from a shared anchor:
 * 1 in production, faster in a demonstration, a test or a rehearsal.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct real {
	int64_t ms;
};

struct plan {
	int64_t ms;
};

/* Plan time is anchor_plan + (real - anchor_real) * rate. The anchor is chosen once per
   installation, kept in the database and sent to the agents in their `link` part. */
struct clock {
	int64_t anchor_real;
	int64_t anchor_plan;
	int64_t rate;                /* 1 in production */
	int64_t (*read)(void *from); /* NULL reads CLOCK_REALTIME; tests give their own */
	void *from;                  /* borrowed */
};

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

struct real clock_real(const struct clock *c);
struct plan clock_plan(const struct clock *c);
/* The moment on the other clock. A real moment is rounded up, so that waiting for it suffices. */
struct plan clock_plan_at(const struct clock *c, struct real at);
struct real clock_real_at(const struct clock *c, struct plan at);
static inline bool clock_is_fast(const struct clock *c)
{
	return c->rate != 1;
}

/* Milliseconds that never go back, for measuring spans within this process. */
int64_t clock_mono(void);

/* Days since 1970-01-01 (UTC) of a moment, floored; minute of that day 0..1439; weekday 0 = Sunday.
 */
int64_t clock_day(int64_t ms);
int clock_minute(int64_t ms);
int clock_weekday(int64_t ms);
/* "2026-01-31T12:00:00Z" into BUF of at least 25 bytes; returns BUF. */
char *clock_iso(int64_t ms, char *buf);

#endif
