/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/gate.h"

#include <math.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define MILLION 1000000
#define Z       1.6448536269514722 /* 95 % of the normal distribution lie below */

#define PERCENT(n) (INT64_C(10000) * (n))
#define GATE(member, standard, low, high)                                                          \
	{                                                                                          \
#member, offsetof(struct gates, member), standard, low, high                       \
	}

/* clang-format off */
const struct gate_field gate_fields[] = {
	GATE(attempted_least, PERCENT(90), 0, MILLION),
	GATE(ended_least, PERCENT(75), 0, MILLION),
	GATE(accepted_least, PERCENT(95), 0, MILLION),
	GATE(hard_hold, PERCENT(2), 1, MILLION),
	GATE(hard_back, PERCENT(3), 1, MILLION),
	GATE(hard_stop, PERCENT(5), 1, MILLION),
	GATE(hard_halt, PERCENT(10), 1, MILLION),
	GATE(complaint_hold, 1000, 1, MILLION),
	GATE(complaint_back, 1000, 1, MILLION),
	GATE(complaint_stop, 3000, 1, MILLION),
	GATE(complaint_halt, 5000, 1, MILLION),
	GATE(hard_sample, 50, 1, 1000),
	GATE(complaint_sample, 200, 1, 10000),
	GATE(row_stop, 5, 2, 100),
	GATE(first_stop, 3, 1, 5),
	GATE(throttle_ms, HOUR_MS, MINUTE_MS, DAY_MS),
	GATE(back_days, 2, 1, 30),
	GATE(idle_days, 3, 1, 30),
	GATE(restart_days, 30, 2, 365),
	GATE(stop_ms, DAY_MS, HOUR_MS, 30 * DAY_MS),
	GATE(halt_ms, 3 * DAY_MS, HOUR_MS, 30 * DAY_MS),
};
/* clang-format on */
const size_t gate_field_count = COUNT(gate_fields);

struct gates gates_standard(void)
{
	struct gates g;

	for (size_t i = 0; i < gate_field_count; i++)
		*(int64_t *)((char *)&g + gate_fields[i].offset) = gate_fields[i].standard;
	return g;
}

const char *decision_name(enum decision_kind k)
{
	static const char *const names[DECIDE_KINDS] = {
		[DECIDE_NONE] = "none",
		[DECIDE_HOLD] = "hold",
		[DECIDE_ADVANCE] = "advance",
		[DECIDE_BACK] = "back",
		[DECIDE_STOP] = "stop",
		[DECIDE_RESUME] = "resume",
		[DECIDE_DECAY] = "decay",
		[DECIDE_RESTART] = "restart",
		[DECIDE_SLOWER] = "slower",
		[DECIDE_FASTER] = "faster",
		[DECIDE_SHAPE] = "shape",
		[DECIDE_HAND] = "hand",
	};

	return k < DECIDE_KINDS ? names[k] : "?";
}

int64_t gate_wilson(int64_t hits, int64_t tries)
{
	double n = (double)tries, p, low;

	if (tries <= 0 || hits <= 0)
		return 0;
	p = hits < tries ? (double)hits / n : 1;
	low = (p + Z * Z / (2 * n) - Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))) /
	      (1 + Z * Z / n);
	return (int64_t)(low * MILLION);
}

/* PART of WHOLE is at least SHARE; both sides whole numbers. */
static bool reaches(int64_t part, int64_t whole, int64_t share)
{
	return part * MILLION >= whole * share;
}

enum decision_kind gate_now(
	const struct gates *g, const struct gate_inputs *in, bool whole, const char **reason)
{
	bool hard = in->tried >= g->hard_sample, complaint = in->tried >= g->complaint_sample;

	*reason = "listed";
	if (in->listed && whole)
		return DECIDE_STOP;
	*reason = "complaints";
	if (complaint && in->complaint_low >= (whole ? g->complaint_halt : g->complaint_stop))
		return DECIDE_STOP;
	*reason = "hard";
	if (hard && in->hard_low >= (whole ? g->hard_halt : g->hard_stop))
		return DECIDE_STOP;
	if (whole)
		return DECIDE_NONE;
	*reason = "row";
	if (in->row >= g->row_stop)
		return DECIDE_STOP;
	*reason = "first";
	if (in->first <= 5 && in->first_hard >= g->first_stop)
		return DECIDE_STOP;
	*reason = "complaints";
	if (complaint && in->complaint_low >= g->complaint_back)
		return DECIDE_BACK;
	*reason = "hard";
	if (hard && in->hard_low >= g->hard_back)
		return DECIDE_BACK;
	*reason = "throttled";
	return in->throttled_ms >= g->throttle_ms ? DECIDE_BACK : DECIDE_NONE;
}

enum decision_kind gate_day(
	const struct gates *g, const struct gate_inputs *in, const char **reason)
{
	*reason = "listed";
	if (in->listed)
		return DECIDE_HOLD;
	*reason = "infrastructure";
	if (in->infra > 0)
		return DECIDE_HOLD;
	/* To hold, the plain rate must be bad and half of that beyond doubt: one of a few is
	   chance. To punish, it must be bad beyond doubt. */
	*reason = "complaints";
	if (in->tried >= g->complaint_sample && 2 * in->complaint_low >= g->complaint_hold &&
		reaches(in->complained, in->tried, g->complaint_hold))
		return DECIDE_HOLD;
	*reason = "hard";
	if (in->tried >= g->hard_sample && 2 * in->hard_low >= g->hard_hold &&
		reaches(in->hard, in->tried, g->hard_hold))
		return DECIDE_HOLD;
	*reason = "deferred";
	if (!reaches(in->ended, in->mails, g->ended_least))
		return DECIDE_HOLD;
	*reason = "accepted";
	if (!reaches(in->accepted, in->ended, g->accepted_least))
		return DECIDE_HOLD;
	*reason = "volume";
	if (!reaches(in->attempted, in->cap, g->attempted_least))
		return DECIDE_HOLD;
	*reason = "good";
	return DECIDE_ADVANCE;
}

void decision_format(struct out *o, const struct decision *d)
{
	const struct gate_inputs *in = &d->in;

	out_printf(o, "%s (%s): day %lld to %lld, cap %lld to %lld", decision_name(d->kind),
		d->reason, (long long)d->stage, (long long)d->stage_next, (long long)d->cap,
		(long long)d->cap_next);
	if (d->value)
		out_printf(o, "; value %lld", (long long)d->value);
	out_printf(o,
		"; today %lld of %lld tried, %lld ended, %lld accepted, %lld infrastructure; in %lld days %lld "
		"tried, %lld hard (at least %.2f %%), %lld complaints (at least %.2f %%)",
		(long long)in->attempted, (long long)in->cap, (long long)in->ended,
		(long long)in->accepted, (long long)in->infra, (long long)in->days,
		(long long)in->tried, (long long)in->hard, (double)in->hard_low / PERCENT(1),
		(long long)in->complained, (double)in->complaint_low / PERCENT(1));
	if (in->row > 1)
		out_printf(o, "; %lld hard in a row", (long long)in->row);
	if (in->first <= 5 && in->first_hard > 1)
		out_printf(o, "; %lld hard of the first %lld", (long long)in->first_hard,
			(long long)in->first);
	if (in->throttled_ms)
		out_printf(
			o, "; refused for %lld minutes", (long long)(in->throttled_ms / MINUTE_MS));
	if (in->idle)
		out_printf(o, "; %lld idle days", (long long)in->idle);
	if (in->listed)
		out_text(o, "; listed");
}
