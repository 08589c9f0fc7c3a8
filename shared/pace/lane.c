/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/lane.h"

#include <string.h>

#define FIRST      5   /* mails to which the tripwire of the beginning belongs */
#define WEEK       7   /* days of evidence at least */
#define EVIDENCE   200 /* attempts of evidence, where a week holds fewer */
#define MOST_IDLE  64  /* days that pass one by one; more of them change nothing */
#define MOST_STOPS 5   /* after these a stop no longer doubles */

const char *lane_kind_name(enum lane_kind k)
{
	static const char *const names[LANE_KINDS] = { "ip", "provider", "mailbox" };

	return k < LANE_KINDS ? names[k] : "?";
}

static int64_t slot_of(int64_t now)
{
	return now / LANE_SLOT_MS;
}

static int64_t cap_of(const struct lane *l, const struct lane_rules *r)
{
	int64_t cap = r->ramp ? ramp_cap(r->ramp, l->stage) : RAMP_CAP;

	return r->most > 0 && r->most < cap ? r->most : cap;
}

static void set_cap(struct lane *l, const struct lane_rules *r)
{
	l->cap = cap_of(l, r);
	if (l->cap > l->cap_most)
		l->cap_most = l->cap;
}

void lane_rule(struct lane *l, const struct lane_rules *r)
{
	set_cap(l, r);
}

void lane_open(struct lane *l, const struct lane_rules *r, int64_t now)
{
	*l = (struct lane){ .stage = 1, .slot = slot_of(now) };
	l->days[0].day = clock_day(now);
	set_cap(l, r);
}

/* ---- what the numbers are ---- */

/* The days that count, newest first, without what is spent. */
static void add_evidence(const struct lane *l, struct gate_inputs *in)
{
	int64_t oldest = l->days[0].day;

	for (size_t i = 0; i < LANE_DAYS && l->days[i].day; i++) {
		const struct lane_day *d = &l->days[i];
		bool last = d->day == l->spent.day;

		if (d->day < l->spent.day ||
			(l->days[0].day - d->day >= WEEK && in->tried >= EVIDENCE))
			break;
		in->tried += d->ended - (last ? l->spent.ended : 0);
		in->hard += d->hard - (last ? l->spent.hard : 0);
		in->complained += d->complained - (last ? l->spent.complained : 0);
		oldest = d->day;
	}
	in->days = l->days[0].day - oldest + 1;
}

struct gate_inputs lane_inputs(const struct lane *l, int64_t now)
{
	const struct lane_day *d = &l->days[0];
	struct gate_inputs in = { .cap = l->cap,
		.attempted = d->mails + d->retries,
		.mails = d->mails,
		.ended = d->ended,
		.accepted = d->accepted,
		.infra = d->infra,
		.row = l->row,
		.first = l->first,
		.first_hard = l->first_hard,
		.throttled_ms = l->throttled_last - l->throttled,
		.idle = l->idle,
		.listed = l->listed };

	add_evidence(l, &in);
	in.hard_low = gate_wilson(in.hard, in.tried);
	in.complaint_low = gate_wilson(in.complained, in.tried);
	return in;
}

/* ---- decisions ---- */

static void say(struct lane_said *said, const struct decision *d)
{
	if (said->count < LANE_SAID)
		said->list[said->count++] = *d;
}

/* All that was held against it up to now is settled. */
static void spend(struct lane *l)
{
	l->spent = l->days[0];
	l->row = l->first_hard = 0;
	if (l->first < FIRST)
		l->first = FIRST;
	l->throttled = l->throttled_last = 0;
}

static void go_back(struct lane *l, int64_t steps)
{
	l->stage = l->stage > steps ? l->stage - steps : 1;
}

static int64_t stop_length(struct lane *l, const struct lane_rules *r, int64_t now)
{
	int64_t length = r->kind == LANE_IP ? r->gates->halt_ms : r->gates->stop_ms;

	if (l->stopped_at && now - l->stopped_at > WEEK * DAY_MS)
		l->stops = 0;
	for (int64_t i = 0; i < l->stops && i < MOST_STOPS; i++)
		length *= 2;
	l->stops++;
	l->stopped_at = now;
	return length;
}

static void begin_anew(struct lane *l)
{
	l->stage = 1;
	l->first = l->first_hard = l->row = 0;
	l->spent = l->days[0];
}

static void apply(struct lane *l, const struct lane_rules *r, const struct decision *made,
	struct lane_said *said)
{
	struct decision d = *made;

	if (d.kind >= DECIDE_SLOWER)
		d.in = lane_inputs(l, d.at);
	d.stage = l->stage;
	d.cap = l->cap;
	switch (d.kind) {
	case DECIDE_ADVANCE:
		l->stage++;
		break;
	case DECIDE_STOP:
		l->stopped = d.until = d.at + stop_length(l, r, d.at);
		go_back(l, r->gates->back_days);
		spend(l);
		break;
	case DECIDE_BACK:
		if (l->throttled_last > l->throttled)
			l->throttled_rest = d.at + DAY_MS;
		go_back(l, r->gates->back_days);
		spend(l);
		break;
	case DECIDE_DECAY:
		go_back(l, 1);
		break;
	case DECIDE_RESTART:
		begin_anew(l);
		break;
	default:
		break;
	}
	set_cap(l, r);
	d.stage_next = l->stage;
	d.cap_next = l->cap;
	say(said, &d);
}

/* A step back or a stop, when the numbers ask for one. */
static void judge(struct lane *l, const struct lane_rules *r, int64_t now, struct lane_said *said)
{
	struct decision d = { .at = now, .in = lane_inputs(l, now) };

	if (l->stopped)
		return;
	d.kind = gate_now(r->gates, &d.in, r->kind == LANE_IP, &d.reason);
	if (d.kind)
		apply(l, r, &d, said);
}

/* ---- time ---- */

static void turn_slots(struct lane *l, int64_t now)
{
	int64_t slot = slot_of(now);

	if (slot - l->slot >= LANE_SLOTS) {
		memset(l->slots, 0, sizeof l->slots);
		l->window = 0;
		l->slot = slot;
	}
	while (l->slot < slot) {
		l->slot++;
		l->window -= l->slots[l->slot % LANE_SLOTS];
		l->slots[l->slot % LANE_SLOTS] = 0;
	}
}

/* What the day that ends decides, if anything. */
static struct decision judge_day(const struct lane *l, const struct lane_rules *r, int64_t end)
{
	struct decision d = { .at = end, .in = lane_inputs(l, end) };

	if (!d.in.attempted || !r->ramp || l->stopped)
		return d;
	d.kind = gate_day(r->gates, &d.in, &d.reason);
	if (d.kind == DECIDE_ADVANCE && l->stage >= ramp_last(r->ramp)) {
		d.kind = DECIDE_HOLD;
		d.reason = "warm";
	}
	return d;
}

/* A day without a mail. Days on which it was stopped are nobody's idleness. */
static struct decision judge_idle(struct lane *l, const struct lane_rules *r, int64_t end)
{
	struct decision d = { .at = end, .reason = "idle" };

	if (!r->ramp || l->stopped || (l->stage == 1 && !l->first))
		return d;
	l->idle++;
	d.in = lane_inputs(l, end);
	if (l->idle == r->gates->restart_days)
		d.kind = DECIDE_RESTART;
	else if (l->idle < r->gates->restart_days && l->idle % r->gates->idle_days == 0 &&
		 l->stage > 1)
		d.kind = DECIDE_DECAY;
	return d;
}

static void end_day(struct lane *l, const struct lane_rules *r, struct lane_said *said)
{
	int64_t next = l->days[0].day + 1;
	bool idle = l->days[0].mails + l->days[0].retries == 0;
	struct decision d;

	if (!idle)
		l->idle = 0;
	d = idle ? judge_idle(l, r, next * DAY_MS) : judge_day(l, r, next * DAY_MS);
	l->days[0].cap = l->cap;
	/* Empty days leave no trace: what is kept reaches further back. */
	if (!idle || l->days[0].complained || l->days[0].ended) {
		memmove(&l->days[1], &l->days[0], (LANE_DAYS - 1) * sizeof l->days[0]);
		l->days[0] = (struct lane_day){ 0 };
	}
	l->days[0].day = next;
	l->cap_before = l->cap;
	l->cap_most = l->cap;
	if (d.kind) {
		l->cap_most = 0;
		apply(l, r, &d, said);
	}
}

static void resume(struct lane *l, const struct lane_rules *r, int64_t now, struct lane_said *said)
{
	struct decision d = {
		.kind = DECIDE_RESUME, .reason = "over", .at = now, .in = lane_inputs(l, now)
	};

	l->stopped = 0;
	apply(l, r, &d, said);
	judge(l, r, now, said);
}

void lane_turn(struct lane *l, const struct lane_rules *r, int64_t now, struct lane_said *said)
{
	int64_t day = clock_day(now);
	struct decision d;

	if (slot_of(now) < l->slot)
		return;
	for (int i = 0; l->days[0].day < day && i < MOST_IDLE; i++)
		end_day(l, r, said);
	l->days[0].day = day > l->days[0].day ? day : l->days[0].day;
	turn_slots(l, now);
	if (l->stopped && now >= l->stopped)
		resume(l, r, now, said);
	if (shape_quiet(&l->shape, now, &d))
		apply(l, r, &d, said);
}

/* ---- what happens ---- */

void lane_release(struct lane *l, int64_t now, bool fresh)
{
	l->days[0].mails++;
	l->days[0].fresh += fresh;
	l->slots[l->slot % LANE_SLOTS]++;
	l->window++;
	shape_release(&l->shape, now);
}

void lane_give_back(struct lane *l, int64_t now, bool fresh)
{
	/* Only what this slot holds: an older mail stays counted, which errs on the safe side. */
	if (!l->days[0].mails || !l->slots[l->slot % LANE_SLOTS] || slot_of(now) != l->slot)
		return;
	l->days[0].mails--;
	l->days[0].fresh -= fresh && l->days[0].fresh > 0;
	l->slots[l->slot % LANE_SLOTS]--;
	l->window--;
}

void lane_retry(struct lane *l, int64_t now)
{
	l->days[0].retries++;
	l->slots[l->slot % LANE_SLOTS]++;
	l->window++;
	shape_release(&l->shape, now);
}

static void count_end(struct lane *l, enum lane_outcome o)
{
	struct lane_day *d = &l->days[0];

	d->ended++;
	d->accepted += o == LANE_ACCEPTED;
	d->hard += o == LANE_HARD;
	d->infra += o == LANE_INFRA;
	l->first++;
	l->first_hard += o == LANE_HARD && l->first <= FIRST;
	l->row = o == LANE_HARD ? l->row + 1 : 0;
}

static void put_off(struct lane *l, int64_t now)
{
	if (now < l->throttled_rest)
		return;
	if (!l->throttled)
		l->throttled = now;
	l->throttled_last = now > l->throttled_last ? now : l->throttled_last;
}

/* Mails an hour: of the last one, or of the day as if half of it were sending time. */
static int64_t pace_of(const struct lane *l, int64_t now)
{
	int64_t hour = lane_sent_hour(l, now), day = lane_sent_day(l, now) / 12;

	return hour > day ? hour : day;
}

void lane_outcome(struct lane *l, const struct lane_rules *r, int64_t now, enum lane_outcome o,
	const struct shape_rule *rule, struct lane_said *said)
{
	bool ours = r->kind == LANE_PROVIDER;
	struct decision d;

	if (rule && rule->what == SHAPE_IGNORE && o == LANE_THROTTLED)
		o = LANE_DEFERRED;
	else if (rule && rule->what != SHAPE_IGNORE && o == LANE_DEFERRED)
		o = LANE_THROTTLED;
	if (o == LANE_DEFERRED || o == LANE_THROTTLED)
		l->days[0].deferred++;
	else
		count_end(l, o);
	if (o == LANE_ACCEPTED)
		l->throttled = l->throttled_last = 0;
	if (ours && o == LANE_THROTTLED)
		put_off(l, now);
	if (ours && rule && shape_hit(&l->shape, rule, now, &d))
		apply(l, r, &d, said);
	if (ours && (o == LANE_THROTTLED || o == LANE_INFRA) &&
		shape_trouble(&l->shape, now, pace_of(l, now), &d))
		apply(l, r, &d, said);
	if (o != LANE_ACCEPTED)
		judge(l, r, now, said);
}

void lane_complaint(struct lane *l, const struct lane_rules *r, int64_t now, struct lane_said *said)
{
	l->days[0].complained++;
	judge(l, r, now, said);
}

void lane_complaints(struct lane *l, const struct lane_rules *r, int64_t now, int64_t day,
	int64_t count, struct lane_said *said)
{
	for (size_t i = 0; i < LANE_DAYS && l->days[i].day; i++) {
		if (l->days[i].day != day || count <= l->days[i].complained)
			continue;
		l->days[i].complained = count;
		judge(l, r, now, said);
	}
}

void lane_hand(struct lane *l, const struct lane_rules *r, int64_t now, enum lane_hand hand,
	int64_t step, struct lane_said *said)
{
	static const char *const names[LANE_HANDS] = { "free", "back", "restart", "step" };
	struct decision d = { .kind = DECIDE_HAND,
		.reason = names[hand],
		.at = now,
		.stage = l->stage,
		.cap = l->cap,
		.in = lane_inputs(l, now) };

	if (hand == LANE_HAND_FREE)
		l->stopped = 0;
	else if (hand == LANE_HAND_BACK)
		go_back(l, r->gates->back_days);
	else if (hand == LANE_HAND_RESTART)
		begin_anew(l);
	else
		l->stage = step > 0 ? step : 1;
	set_cap(l, r);
	d.stage_next = l->stage;
	d.cap_next = l->cap;
	say(said, &d);
}

void lane_list(struct lane *l, const struct lane_rules *r, int64_t now, bool listed,
	struct lane_said *said)
{
	l->listed = listed;
	judge(l, r, now, said);
}

/* ---- may it send ---- */

/* Mails of the 24 hours that end at AT, in whole slots. */
static int64_t window_at(const struct lane *l, int64_t at)
{
	int64_t slot = slot_of(at), sum = l->window;

	if (slot - l->slot >= LANE_SLOTS)
		return 0;
	for (int64_t i = l->slot + 1; i <= slot; i++)
		sum -= l->slots[i % LANE_SLOTS];
	return sum;
}

int64_t lane_sent_day(const struct lane *l, int64_t now)
{
	return window_at(l, now);
}

int64_t lane_sent_hour(const struct lane *l, int64_t now)
{
	int64_t sum = 0;

	for (int64_t i = 0; i < HOUR_MS / LANE_SLOT_MS; i++)
		sum += l->slots[(l->slot - i) % LANE_SLOTS];
	return sum;
}

/* The largest cap that is known to be in force within the 24 hours that end at AT. */
static int64_t limit_at(const struct lane *l, int64_t at)
{
	int64_t most = l->cap_most > l->cap_before ? l->cap_most : l->cap_before;

	return clock_day(at) > l->days[0].day ? l->cap : most;
}

/* When so many slots are a day old that one more may go. */
static int64_t window_lifts(const struct lane *l, int64_t sum, int64_t limit)
{
	int64_t slot = l->slot - LANE_SLOTS;

	for (int i = 0; i < LANE_SLOTS && sum >= limit; i++) {
		slot++;
		sum -= l->slots[slot % LANE_SLOTS];
	}
	return (slot + LANE_SLOTS) * LANE_SLOT_MS;
}

/* The end of the lane's day, or of NOW's where that is later. */
static int64_t tomorrow(const struct lane *l, int64_t now)
{
	int64_t day = clock_day(now);

	return ((day > l->days[0].day ? day : l->days[0].day) + 1) * DAY_MS;
}

bool lane_holds(const struct lane *l, enum lane_hold hold, int64_t now, struct lane_verdict *v)
{
	struct shape_verdict s;
	int64_t midnight;

	*v = (struct lane_verdict){ .hold = hold, .lifts = now, .by = "plan" };
	switch (hold) {
	case LANE_STOPPED:
		v->by = "gate";
		v->lifts = l->stopped > now ? l->stopped : now;
		return now < l->stopped;
	case LANE_SHAPED:
		s = shape_check(&l->shape, now);
		v->value = s.rate;
		v->by = s.by;
		v->lifts = s.lifts;
		return s.held;
	case LANE_CAP:
		v->value = l->cap;
		if (clock_day(now) > l->days[0].day ||
			l->days[0].mails + l->days[0].retries < l->cap)
			return false;
		v->lifts = tomorrow(l, now);
		return true;
	default:
		v->value = limit_at(l, now);
		/* A clock that was set back: what is a day old by then is not yet so now. */
		v->lifts = l->slot * LANE_SLOT_MS;
		if (now < v->lifts)
			return true;
		v->lifts = now;
		if (window_at(l, now) < v->value)
			return false;
		/* Midnight brings another cap. */
		midnight = tomorrow(l, now);
		v->lifts = window_lifts(l, l->window, v->value);
		v->lifts = v->lifts < midnight ? v->lifts : midnight;
		return true;
	}
}

int64_t lane_left(const struct lane *l, int64_t now)
{
	int64_t day = clock_day(now) <= l->days[0].day
			      ? l->cap - l->days[0].mails - l->days[0].retries
			      : l->cap;
	int64_t window = limit_at(l, now) - window_at(l, now);
	int64_t left = day < window ? day : window;

	return now < l->stopped || left < 0 ? 0 : left;
}
