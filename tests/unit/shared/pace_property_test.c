/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The promises of the warm-up engine over many days of random life: traffic, replies, restarts,
 * jumps of the clock, absences of the hub. What left is written down beside the engine and judged
 * by plain counting.
 */
#include <stdlib.h>
#include <string.h>

#include "kit.h"
#include "pace/lane_text.h"
#include "pace/rehearse.h"

#define START INT64_C(1767225600000)
/* All lives are lived where nothing watches every step; under a sanitizer some of each plan are. */
#ifdef SANITIZED
#define LIVES 12
#else
#define LIVES 105
#endif
#define DAYS      30
#define PROVIDERS 12
#define MAILBOXES 20
#define LANES     (1 + PROVIDERS + MAILBOXES)
#define TICK      (5 * MINUTE_MS)
#define GAP       (5 * MINUTE_MS)

/* What is known of a lane without asking it. */
struct witness {
	int64_t *left; /* malloc; when mails left */
	size_t left_count, left_room;
	int64_t (*caps)[2]; /* malloc; from when, which */
	size_t cap_count, cap_room;
	int64_t stopped_at, stopped_until;
};

struct life {
	struct witness lanes[LANES];
	int64_t broken_stops, broken_gaps, decisions, mails;
	int64_t last[MAILBOXES];
};

static size_t place(struct rehearsal_lane l)
{
	return l.kind == LANE_IP ? 0 : l.kind == LANE_PROVIDER ? 1 + l.n : 1 + PROVIDERS + l.n;
}

static void *grow(void *list, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return list;
	*room = 2 * *room + 64;
	list = realloc(list, *room * size);
	NEED(list != NULL);
	return list;
}

/* The cap now in force, where it changed. */
static void note_cap(struct witness *w, int64_t now, int64_t cap)
{
	if (w->cap_count && w->caps[w->cap_count - 1][1] == cap)
		return;
	/* After a jump back what was known of the later moment stays so. */
	if (w->cap_count && now < w->caps[w->cap_count - 1][0])
		now = w->caps[w->cap_count - 1][0];
	w->caps = grow(w->caps, w->cap_count, &w->cap_room, sizeof *w->caps);
	w->caps[w->cap_count][0] = now;
	w->caps[w->cap_count++][1] = cap;
}

static void on_said(void *to, struct rehearsal_lane l, const struct decision *d)
{
	struct life *life = to;
	struct witness *w = &life->lanes[place(l)];

	life->decisions++;
	note_cap(w, d->at, d->cap_next);
	if (d->kind == DECIDE_STOP) {
		w->stopped_at = d->at;
		w->stopped_until = d->until;
	}
}

static void on_left(void *to, int64_t now, size_t provider, size_t mailbox, bool again)
{
	struct life *life = to;
	size_t lanes[3] = { 0, 1 + provider, 1 + PROVIDERS + mailbox };

	for (size_t i = 0; i < 3; i++) {
		struct witness *w = &life->lanes[lanes[i]];

		if (now > w->stopped_at + MINUTE_MS && now < w->stopped_until)
			life->broken_stops++;
		if (again)
			continue;
		w->left = grow(w->left, w->left_count, &w->left_room, sizeof *w->left);
		w->left[w->left_count++] = now;
	}
	if (again)
		return;
	life->mails++;
	if (life->last[mailbox] && now < life->last[mailbox] + GAP)
		life->broken_gaps++;
	life->last[mailbox] = now;
}

/* With which caps it begins. */
static void note_caps(struct life *life, struct rehearsal *r, int64_t now)
{
	for (size_t i = 0; i < PROVIDERS; i++)
		note_cap(&life->lanes[1 + i], now,
			rehearse_lane(r, (struct rehearsal_lane){ LANE_PROVIDER, i })->cap);
	for (size_t i = 0; i < MAILBOXES; i++)
		note_cap(&life->lanes[1 + PROVIDERS + i], now,
			rehearse_lane(r, (struct rehearsal_lane){ LANE_MAILBOX, i })->cap);
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The largest cap in force at any moment of the 24 hours that end at AT. */
static int64_t most_in_force(const struct witness *w, int64_t at)
{
	int64_t most = 0;

	for (size_t i = 0; i < w->cap_count; i++) {
		int64_t ends = i + 1 < w->cap_count ? w->caps[i + 1][0] : INT64_MAX;

		if (w->caps[i][0] <= at && ends > at - DAY_MS && w->caps[i][1] > most)
			most = w->caps[i][1];
	}
	return most;
}

/* In every 24 hours at most the largest cap in force inside them. */
static int64_t count_breaches(struct witness *w)
{
	int64_t breaches = 0;
	size_t first = 0;

	if (w->left_count > 1)
		qsort(w->left, w->left_count, sizeof *w->left, by_time);
	for (size_t i = 0; i < w->left_count; i++) {
		while (w->left[first] <= w->left[i] - DAY_MS)
			first++;
		breaches += (int64_t)(i - first + 1) > most_in_force(w, w->left[i]);
	}
	return breaches;
}

static void random_theatre(
	struct theatre *t, const struct providers *table, uint64_t seed, bool calm)
{
	*t = (struct theatre){ .count = PROVIDERS, .dice = seed };
	for (size_t i = 0; i < PROVIDERS; i++) {
		struct theatre_provider *p = &t->list[i];
		bool ill = !calm && theatre_dice(t, 3) == 0;

		p->provider = providers_at(table, i);
		p->share = i ? 8 : 12;
		p->hard = theatre_dice(t, ill ? 1500 : 150);
		p->complaints = theatre_dice(t, ill ? 80 : 5);
		p->complaints_from = 50;
		p->grey = theatre_dice(t, 4) == 0 ? theatre_dice(t, 100) : 0;
		p->grey_ms = 10 * MINUTE_MS;
		p->hourly = ill ? 20 + theatre_dice(t, 200) : 0;
		p->hourly_reply = "421 4.7.0 too many connections, rate limit";
		p->daily = ill ? 50 + theatre_dice(t, 500) : 0;
		p->daily_reply = "421 4.7.0 [TSS04] temporarily deferred";
		if (ill) {
			p->block_count = 1;
			p->blocks[0].from = 3 + theatre_dice(t, 20);
			p->blocks[0].to = p->blocks[0].from + theatre_dice(t, 3);
			p->blocks[0].reply = "554 5.7.1 blocked using zen.spamhaus.org";
		}
	}
}

static struct rehearsal *open_life(struct scope *sc, struct life *life, struct theatre *t,
	const struct ramp_plan *plan, int64_t volume)
{
	struct rehearsal_setup s = { .plan = plan,
		.rules = shape_builtin(sc),
		.theatre = t,
		.start = START,
		.volume = volume,
		.mailboxes = MAILBOXES,
		.gap_ms = GAP,
		.jitter_ms = 3 * MINUTE_MS,
		.queued_most = 25,
		.to = life,
		.said = on_said,
		.left = on_left };

	return rehearse_open(sc, &s);
}

/* The process dies and comes back: a lane is what was written down of it. */
static void restart(struct scope *sc, struct rehearsal *r)
{
	for (size_t i = 0; i < LANES; i++) {
		struct rehearsal_lane which = { LANE_IP, 0 };
		struct out o;

		if (i > 0)
			which = i <= PROVIDERS ? (struct rehearsal_lane){ LANE_PROVIDER, i - 1 }
					       : (struct rehearsal_lane){ LANE_MAILBOX,
							 i - 1 - PROVIDERS };
		out_init(&o, sc->mem);
		lane_format(&o, rehearse_lane(r, which));
		memset(rehearse_lane(r, which), 0xaa, sizeof(struct lane));
		OK(lane_parse(sc, bytes_of(o.data, o.len), rehearse_lane(r, which)));
	}
}

static void live(struct scope *sc, struct rehearsal *r, struct life *life, struct theatre *dice)
{
	int64_t now = START, back = 0;

	note_caps(life, r, now);
	for (; now < START + DAYS * DAY_MS; now += TICK) {
		rehearse_step(r, now);
		if (theatre_dice(dice, 3000) == 0)
			restart(sc, r);
		if (theatre_dice(dice, 2000) == 0)
			rehearse_absent(r, theatre_dice(dice, 2) == 0);
		if (theatre_dice(dice, 4000) == 0)
			now += theatre_dice(dice, 12 * HOUR_MS);
		else if (theatre_dice(dice, 4000) == 0 && back++ < 5)
			now -= theatre_dice(dice, 2 * HOUR_MS);
	}
}

/* Whoever waits has a moment at which nothing will hold it. */
static int64_t count_hopeless(struct rehearsal *r)
{
	int64_t n = 0;

	for (size_t p = 0; p < PROVIDERS; p++)
		for (size_t m = 0; m < MAILBOXES && rehearse_waiting(r, p); m++) {
			struct pace_case c;

			rehearse_case(r, p, m, &c);
			n += pace_when(&c, (struct plan){ START + DAYS * DAY_MS }) == PACE_NEVER;
		}
	return n;
}

TEST(over_a_hundred_thousand_days_of_lanes_no_promise_is_broken)
{
	static const char *const plans[] = { "standard", "conservative", "aggressive", "cold" };
	const struct providers *table = providers_builtin(sc);
	int64_t days = 0, mails = 0, decisions = 0;

	for (int i = 0; i < LIVES; i++) {
		struct life *life = calloc(1, sizeof *life);
		struct scope one;
		struct theatre t, dice = { .dice = (uint64_t)i };
		const struct ramp_plan *plan;
		struct rehearsal *r;

		NEED(life != NULL);
		scope_open(&one, &kit->world, "life");
		kit_ok(__FILE__, __LINE__, "plan", &one,
			ramp_builtin(&one, plans[i % (int)COUNT(plans)], &plan));
		random_theatre(&t, table, (uint64_t)i * 7919, i % 5 == 0);
		r = open_life(&one, life, &t, plan, 60 + theatre_dice(&dice, 1000));
		live(&one, r, life, &dice);
		CHECK_INT(life->broken_stops, 0);
		CHECK_INT(life->broken_gaps, 0);
		CHECK_INT(count_hopeless(r), 0);
		for (size_t l = 0; l < LANES; l++) {
			if (l > 0)
				CHECK_INT(count_breaches(&life->lanes[l]), 0);
			free(life->lanes[l].left);
			free(life->lanes[l].caps);
		}
		days += LANES * DAYS;
		mails += life->mails;
		decisions += life->decisions;
		scope_close(&one);
		free(life);
	}
	CHECK(days >= LIVES * 950);
	/* The lives were lives: much was sent and much was decided. */
	CHECK(mails > LIVES * 2000);
	CHECK(decisions > LIVES * 500);
	if (getenv("TIMES"))
		fprintf(stderr, "%lld lane-days, %lld mails, %lld decisions\n", (long long)days,
			(long long)mails, (long long)decisions);
}

/* Safety is not bought with idleness: with mail enough, warm lanes send what they may. */
TEST(a_warm_lane_with_enough_mail_sends_what_its_caps_allow)
{
	const struct providers *table = providers_builtin(sc);
	struct life *life = calloc(1, sizeof *life);
	struct theatre t;
	struct ramp_plan plan;
	const struct ramp_plan *standard;
	struct rehearsal *r;
	int64_t may = 0, before = 0;

	NEED(life != NULL);
	OK(ramp_builtin(sc, "standard", &standard));
	/* Towards every provider 100 a day at the end: mailboxes have room for all. */
	plan = *standard;
	plan.from_minute = 480;
	plan.to_minute = 1080;
	for (int c = RAMP_CONSUMER; c < RAMP_CURVES; c++)
		plan.curves[c].most = 100;
	random_theatre(&t, table, 1, true);
	for (size_t i = 0; i < PROVIDERS; i++) {
		t.list[i].hard = 50;
		t.list[i].complaints = t.list[i].grey = 0;
	}
	r = open_life(sc, life, &t, &plan, 3000);
	for (int64_t now = START; now < START + DAYS * DAY_MS; now += MINUTE_MS) {
		rehearse_step(r, now);
		if (now == START + 20 * DAY_MS)
			before = life->mails;
	}
	may = 10 * PROVIDERS * 100;
	CHECK(life->mails - before <= may);
	if ((life->mails - before) * 100 < may * 95)
		CHECK_INT(life->mails - before, may);
	for (size_t l = 0; l < LANES; l++) {
		free(life->lanes[l].left);
		free(life->lanes[l].caps);
	}
	free(life);
}
