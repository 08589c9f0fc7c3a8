/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/pace.h"

#include <assert.h>

/* From any moment on, each weekday's opening lies within this many days. */
#define WEEK 8

const char *pace_limit_name(enum pace_limit l)
{
	static const char *const names[PACE_LIMITS] = {
		[PACE_FREE] = "free",
		[PACE_DUE] = "due",
		[PACE_CONTROL] = "control",
		[PACE_HEALTH] = "health",
		[PACE_MAILBOX] = "mailbox",
		[PACE_SUPPRESSED] = "suppressed",
		[PACE_CAP] = "cap",
		[PACE_GAP] = "gap",
		[PACE_WINDOW] = "window",
		[PACE_STOP] = "stop",
		[PACE_SHAPE] = "shape",
		[PACE_WARMUP] = "warmup",
		[PACE_DAY] = "day",
		[PACE_NEW] = "new",
		[PACE_QUEUE] = "queue",
		[PACE_ROW] = "messages",
	};

	return l < PACE_LIMITS ? names[l] : "?";
}

int64_t pace_jitter(int64_t mail, int64_t jitter_ms)
{
	uint64_t x = (uint64_t)mail;

	/* The finaliser of SplitMix64: neighbouring ids get unrelated waits. */
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	x ^= x >> 31;
	return jitter_ms > 0 ? (int64_t)(x % ((uint64_t)jitter_ms + 1)) : 0;
}

/* ---- each limit: does it hold, and until when ---- */

static bool due_holds(const struct pace_case *c, int64_t now, struct pace_verdict *v)
{
	v->by = "time";
	v->lifts = c->mail.due;
	return now < c->mail.due;
}

static bool control_holds(const struct pace_case *c, int64_t now, struct pace_verdict *v)
{
	v->by = "operator";
	return c->host.stopped;
}

static bool health_holds(const struct pace_case *c, int64_t now, struct pace_verdict *v)
{
	v->by = "appliance";
	return c->host.held;
}

static bool mailbox_holds(const struct pace_case *c, int64_t now, struct pace_verdict *v)
{
	return !c->box.listed || !c->box.active;
}

static bool suppressed_holds(const struct pace_case *c, int64_t now, struct pace_verdict *v)
{
	v->by = "tenant";
	return c->mail.suppressed;
}

static bool cap_holds(const struct pace_case *c, int64_t now, struct pace_verdict *v)
{
	int64_t day = clock_day(now);

	/* A plan clock that was set back still counts what it knows of the later day. */
	if (day < c->used.day)
		day = c->used.day;
	v->value = c->box.cap;
	if (c->box.cap > 0)
		v->lifts = (day + 1) * DAY_MS;
	return c->box.cap <= 0 || (day == c->used.day && c->used.count >= c->box.cap);
}

static bool gap_holds(const struct pace_case *c, int64_t now, struct pace_verdict *v)
{
	v->value = c->box.gap_ms + pace_jitter(c->mail.id, c->box.jitter_ms);
	v->lifts = c->used.last ? c->used.last + v->value : 0;
	return now < v->lifts;
}

static bool is_open(const struct pace_box *box, int64_t local)
{
	return box->days >> clock_weekday(local) & 1 && clock_minute(local) >= box->from_minute &&
	       clock_minute(local) < box->to_minute;
}

/* The next opening after NOW in plan time; PACE_NEVER when no day is left open. */
static int64_t next_opening(const struct pace_box *box, int64_t now)
{
	int64_t shift = box->offset_minutes * MINUTE_MS, day = clock_day(now + shift);

	for (int i = 0; i < WEEK; i++, day++) {
		int64_t opens = day * DAY_MS + box->from_minute * MINUTE_MS;

		if (opens > now + shift && box->days >> clock_weekday(opens) & 1)
			return opens - shift;
	}
	return PACE_NEVER;
}

static bool window_holds(const struct pace_case *c, int64_t now, struct pace_verdict *v)
{
	if (is_open(&c->box, now + c->box.offset_minutes * MINUTE_MS)) {
		v->lifts = now;
		return false;
	}
	v->lifts = next_opening(&c->box, now);
	return true;
}

/* Of the lanes that hold, the one that lifts last; where none does, the first. */
static bool lanes_hold(
	const struct pace_case *c, int64_t now, enum lane_hold which, struct pace_verdict *v)
{
	bool holds = false, any = false;

	v->lifts = now;
	for (int k = 0; k < LANE_KINDS; k++) {
		struct lane_verdict l;
		bool this;

		if (!c->lanes[k])
			continue;
		this = lane_holds(c->lanes[k], which, now, &l);
		if (any && !(this && (!holds || l.lifts > v->lifts)))
			continue;
		any = true;
		holds = holds || this;
		v->lane = (enum lane_kind)k;
		v->value = l.value;
		v->lifts = l.lifts;
		v->by = l.by;
	}
	return holds;
}

/* An order that holds until LIFTS takes the place of what holds less long. */
static bool obey(bool holds, int kind, int64_t lifts, int64_t now, struct pace_verdict *v)
{
	if (lifts <= now || (holds && lifts <= v->lifts))
		return false;
	v->lane = (enum lane_kind)kind;
	v->lifts = lifts;
	return true;
}

static bool stop_holds(const struct pace_case *c, int64_t now, struct pace_verdict *v)
{
	bool holds = lanes_hold(c, now, LANE_STOPPED, v);

	for (int k = 0; k < LANE_KINDS; k++) {
		const struct pace_order *o = c->orders[k];

		if (!o || !obey(holds, k, o->stop, now, v))
			continue;
		holds = true;
		v->by = o->stop_by;
	}
	return holds;
}

/* The next moment at which an ordered rate lets one go. */
static int64_t slow_lifts(const struct pace_order *o, const struct lane *l)
{
	int64_t next = l && l->shape.last ? l->shape.last + HOUR_MS / o->rate : 0;

	return next < o->slow ? next : o->slow;
}

static bool shape_holds(const struct pace_case *c, int64_t now, struct pace_verdict *v)
{
	bool holds = lanes_hold(c, now, LANE_SHAPED, v);

	for (int k = 0; k < LANE_KINDS; k++) {
		const struct pace_order *o = c->orders[k];

		if (!o || o->slow <= now || !obey(holds, k, slow_lifts(o, c->lanes[k]), now, v))
			continue;
		holds = true;
		v->value = o->rate;
		v->by = o->slow_by;
	}
	return holds;
}

static bool warmup_holds(const struct pace_case *c, int64_t now, struct pace_verdict *v)
{
	return lanes_hold(c, now, LANE_CAP, v);
}

static bool day_holds(const struct pace_case *c, int64_t now, struct pace_verdict *v)
{
	return lanes_hold(c, now, LANE_WINDOW, v);
}

static bool new_holds(const struct pace_case *c, int64_t now, struct pace_verdict *v)
{
	const struct lane *l = c->lanes[LANE_MAILBOX];

	v->lane = LANE_MAILBOX;
	v->value = c->new_most;
	v->lifts = now;
	if (!l || !c->new_most || !c->mail.fresh || clock_day(now) > l->days[0].day ||
		l->days[0].fresh < c->new_most)
		return false;
	v->lifts = (l->days[0].day + 1) * DAY_MS;
	return true;
}

static bool queue_holds(const struct pace_case *c, int64_t now, struct pace_verdict *v)
{
	v->lane = LANE_PROVIDER;
	v->by = "appliance";
	v->value = c->queued_most;
	/* Nobody knows when the provider takes one; it is looked at again soon. */
	v->lifts = now + MINUTE_MS;
	return c->queued_most > 0 && c->queued >= c->queued_most;
}

static bool row_holds(const struct pace_case *c, int64_t now, struct pace_verdict *v)
{
	v->lane = LANE_PROVIDER;
	v->by = "appliance";
	v->value = c->row_most;
	v->lifts = c->row_over > now ? c->row_over : now + SECOND_MS;
	return c->row_most > 0 && c->row >= c->row_most;
}

bool pace_holds(
	const struct pace_case *c, struct plan now, enum pace_limit limit, struct pace_verdict *v)
{
	static bool (*const holds[PACE_LIMITS])(
		const struct pace_case *, int64_t, struct pace_verdict *) = {
		[PACE_DUE] = due_holds,
		[PACE_CONTROL] = control_holds,
		[PACE_HEALTH] = health_holds,
		[PACE_MAILBOX] = mailbox_holds,
		[PACE_SUPPRESSED] = suppressed_holds,
		[PACE_CAP] = cap_holds,
		[PACE_GAP] = gap_holds,
		[PACE_WINDOW] = window_holds,
		[PACE_STOP] = stop_holds,
		[PACE_SHAPE] = shape_holds,
		[PACE_WARMUP] = warmup_holds,
		[PACE_DAY] = day_holds,
		[PACE_NEW] = new_holds,
		[PACE_QUEUE] = queue_holds,
		[PACE_ROW] = row_holds,
	};

	assert(limit > PACE_FREE && limit < PACE_LIMITS);
	*v = (struct pace_verdict){
		.limit = limit, .by = c->box.by ? c->box.by : "plan", .lifts = PACE_NEVER
	};
	return holds[limit](c, now.ms, v);
}

struct pace_verdict pace_check(const struct pace_case *c, struct plan now)
{
	struct pace_verdict binding = { .limit = PACE_FREE, .by = "", .lifts = now.ms };

	for (int l = PACE_FREE + 1; l < PACE_LIMITS; l++) {
		struct pace_verdict v;

		if (pace_holds(c, now, (enum pace_limit)l, &v) &&
			(binding.limit == PACE_FREE || v.lifts > binding.lifts))
			binding = v;
	}
	return binding;
}

int64_t pace_when(const struct pace_case *c, struct plan now)
{
	const int64_t horizon = now.ms + 730 * DAY_MS;
	struct pace_case later = *c;
	struct plan at = now;

	/* Postfix is not expected to stay full. */
	later.queued = later.row = 0;

	/* Each round passes at least one limit's end; a day has few of them. */
	while (at.ms <= horizon) {
		struct pace_verdict v = pace_check(&later, at);

		if (v.limit == PACE_FREE)
			return at.ms;
		if (v.lifts == PACE_NEVER)
			return PACE_NEVER;
		assert(v.lifts > at.ms);
		at.ms = v.lifts;
	}
	return PACE_NEVER;
}

void pace_count(struct pace_used *used, struct plan now)
{
	int64_t day = clock_day(now.ms);

	if (day > used->day) {
		used->day = day;
		used->count = 0;
	}
	used->count++;
	if (now.ms > used->last)
		used->last = now.ms;
}

int64_t pace_allowance(const struct pace_box *box, const struct pace_used *used, struct plan now,
	int64_t span_ms, int64_t most)
{
	int64_t shift = box->offset_minutes * MINUTE_MS, end = now.ms + span_ms, sum = 0;
	int64_t step = box->gap_ms + box->jitter_ms / 2;

	if (!box->listed || !box->active || box->cap <= 0)
		return 0;
	for (int64_t day = clock_day(now.ms + shift); day * DAY_MS - shift < end && sum < most;
		day++) {
		int64_t opens = day * DAY_MS - shift + box->from_minute * MINUTE_MS;
		int64_t closes = day * DAY_MS - shift + box->to_minute * MINUTE_MS;
		int64_t n = box->cap;

		if (opens < now.ms)
			opens = now.ms;
		if (closes > end)
			closes = end;
		if (!(box->days >> clock_weekday(day * DAY_MS) & 1) || opens >= closes)
			continue;
		if (clock_day(opens) <= used->day)
			n -= used->count;
		if (step > 0 && (closes - opens) / step + 1 < n)
			n = (closes - opens) / step + 1;
		sum += n > 0 ? n : 0;
	}
	return sum < most ? sum : most;
}
