/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/rehearse.h"

#include <stdlib.h>
#include <string.h>

#include "pace/outcome.h"

#define FIRST_RETRY (5 * MINUTE_MS)
#define MOST_RETRY  HOUR_MS
#define GIVE_UP     DAY_MS

/* A mail in Postfix, or a complaint on its way. */
struct later {
	int64_t at;
	bool complaint;
	size_t provider, mailbox;
	int64_t since, wait;
};

struct box {
	struct lane lane;
	struct pace_box limits;
	struct pace_used used;
	int64_t wake;
	size_t turn; /* the provider that is looked at first */
};

struct rehearsal {
	struct scope *sc;
	struct rehearsal_setup s;
	struct lane_rules ip_rules, box_rules, provider_rules[THEATRE_PROVIDERS];
	struct lane ip, providers[THEATRE_PROVIDERS];
	int64_t waiting[THEATRE_PROVIDERS], queued[THEATRE_PROVIDERS];
	struct box *boxes;
	struct later *later; /* a heap, the earliest on top */
	size_t later_count, later_room;
	int64_t day; /* whose mails have come */
	int64_t mails;
	bool absent;
};

/* ---- what is due later ---- */

static void swap(struct later *a, struct later *b)
{
	struct later kept = *a;

	*a = *b;
	*b = kept;
}

static void put_later(struct rehearsal *r, struct later l)
{
	size_t i = r->later_count++;

	if (i == r->later_room) {
		struct later *more = arena_array(r->sc->mem, 2 * r->later_room + 64, sizeof *more);

		if (i)
			memcpy(more, r->later, i * sizeof *more);
		r->later = more;
		r->later_room = 2 * r->later_room + 64;
	}
	r->later[i] = l;
	for (; i && r->later[i].at < r->later[(i - 1) / 2].at; i = (i - 1) / 2)
		swap(&r->later[i], &r->later[(i - 1) / 2]);
}

static struct later take_later(struct rehearsal *r)
{
	struct later top = r->later[0];
	size_t i = 0;

	r->later[0] = r->later[--r->later_count];
	for (;;) {
		size_t least = i;

		for (size_t c = 2 * i + 1; c <= 2 * i + 2 && c < r->later_count; c++)
			if (r->later[c].at < r->later[least].at)
				least = c;
		if (least == i)
			return top;
		swap(&r->later[i], &r->later[least]);
		i = least;
	}
}

/* ---- lanes ---- */

struct lane *rehearse_lane(struct rehearsal *r, struct rehearsal_lane l)
{
	return l.kind == LANE_IP         ? &r->ip
	       : l.kind == LANE_PROVIDER ? &r->providers[l.n]
					 : &r->boxes[l.n].lane;
}

static const struct lane_rules *rules_of(const struct rehearsal *r, struct rehearsal_lane l)
{
	return l.kind == LANE_IP         ? &r->ip_rules
	       : l.kind == LANE_PROVIDER ? &r->provider_rules[l.n]
					 : &r->box_rules;
}

static void tell(struct rehearsal *r, struct rehearsal_lane l, struct lane_said *said)
{
	for (size_t i = 0; i < said->count && r->s.said; i++)
		r->s.said(r->s.to, l, &said->list[i]);
	said->count = 0;
}

static void turn_lane(struct rehearsal *r, struct rehearsal_lane l, int64_t now)
{
	struct lane_said said;

	said.count = 0;
	lane_turn(rehearse_lane(r, l), rules_of(r, l), now, &said);
	tell(r, l, &said);
}

/* The three lanes of a mail. */
static void lanes_of(size_t provider, size_t mailbox, struct rehearsal_lane *l)
{
	l[0] = (struct rehearsal_lane){ LANE_IP, 0 };
	l[1] = (struct rehearsal_lane){ LANE_PROVIDER, provider };
	l[2] = (struct rehearsal_lane){ LANE_MAILBOX, mailbox };
}

struct rehearsal *rehearse_open(struct scope *sc, const struct rehearsal_setup *s)
{
	static const enum ramp_curve curve[PROVIDER_CLASSES] = { RAMP_CONSUMER, RAMP_HOSTED,
		RAMP_OTHER };
	struct rehearsal *r = arena_alloc(sc->mem, sizeof *r);
	const struct ramp_plan *p = s->plan;

	*r = (struct rehearsal){ .sc = sc, .s = *s };
	r->ip_rules = (struct lane_rules){ .kind = LANE_IP, .gates = &p->gates };
	r->box_rules = (struct lane_rules){ LANE_MAILBOX, &p->curves[RAMP_MAILBOX], 0, &p->gates };
	lane_open(&r->ip, &r->ip_rules, s->start);
	for (size_t i = 0; i < s->theatre->count; i++) {
		r->provider_rules[i] = (struct lane_rules){ LANE_PROVIDER,
			&p->curves[curve[s->theatre->list[i].provider->class]], 0, &p->gates };
		lane_open(&r->providers[i], &r->provider_rules[i], s->start);
	}
	r->boxes = arena_array(sc->mem, s->mailboxes, sizeof *r->boxes);
	for (size_t i = 0; i < s->mailboxes; i++) {
		lane_open(&r->boxes[i].lane, &r->box_rules, s->start);
		r->boxes[i].limits = (struct pace_box){ .listed = true,
			.active = true,
			.cap = RAMP_CAP,
			.gap_ms = s->gap_ms,
			.jitter_ms = s->jitter_ms,
			.days = p->days,
			.from_minute = p->from_minute,
			.to_minute = p->to_minute };
		r->boxes[i].turn = i;
	}
	r->day = clock_day(s->start) - 1;
	return r;
}

/* ---- one attempt ---- */

static void report(struct rehearsal *r, size_t provider, size_t mailbox, int64_t now,
	const struct theatre_reply *reply)
{
	const struct shape_rule *rule = NULL;
	enum lane_outcome o = outcome_of(reply->code, NULL, reply->text, reply->code >= 500);
	struct rehearsal_lane lanes[3];
	struct lane_said said;

	if (o != LANE_ACCEPTED)
		rule = shape_match(
			r->s.rules, r->s.theatre->list[provider].provider->name, reply->text);
	lanes_of(provider, mailbox, lanes);
	for (size_t i = 0; i < 3; i++) {
		said.count = 0;
		lane_outcome(
			rehearse_lane(r, lanes[i]), rules_of(r, lanes[i]), now, o, rule, &said);
		tell(r, lanes[i], &said);
	}
}

/* It is given up: an end of its own. */
static void give_up(struct rehearsal *r, const struct later *l, int64_t now)
{
	struct rehearsal_lane lanes[3];
	struct lane_said said;

	lanes_of(l->provider, l->mailbox, lanes);
	for (size_t i = 0; i < 3; i++) {
		said.count = 0;
		lane_outcome(rehearse_lane(r, lanes[i]), rules_of(r, lanes[i]), now, LANE_LOST,
			NULL, &said);
		tell(r, lanes[i], &said);
	}
}

static void attempt(struct rehearsal *r, struct later mail, bool again, int64_t now)
{
	int64_t day = clock_day(now) - clock_day(r->s.start) + 1;
	struct theatre_reply reply;

	if (r->s.left)
		r->s.left(r->s.to, now, mail.provider, mail.mailbox, again);
	theatre_try(r->s.theatre, mail.provider, now, day, !again, now - mail.since, &reply);
	report(r, mail.provider, mail.mailbox, now, &reply);
	if (reply.complaint_in)
		put_later(r, (struct later){ .at = now + reply.complaint_in,
				     .complaint = true,
				     .provider = mail.provider,
				     .mailbox = mail.mailbox });
	if (reply.code >= 500 || reply.code < 300)
		return;
	mail.at = now + mail.wait;
	mail.wait = 2 * mail.wait < MOST_RETRY ? 2 * mail.wait : MOST_RETRY;
	r->queued[mail.provider]++;
	put_later(r, mail);
}

/* When the latest of the stops and pauses that hold a mail in Postfix ends; 0 for none. */
static int64_t held_until(struct rehearsal *r, const struct later *mail, int64_t now)
{
	struct rehearsal_lane lanes[3];
	int64_t until = 0;

	lanes_of(mail->provider, mail->mailbox, lanes);
	for (size_t i = 0; i < 3; i++) {
		const struct lane *l = rehearse_lane(r, lanes[i]);
		struct shape_verdict v = shape_check(&l->shape, now);

		if (l->stopped > now && l->stopped > until)
			until = l->stopped;
		if (v.held && !v.rate && v.lifts > until)
			until = v.lifts;
	}
	return until;
}

static void try_again(struct rehearsal *r, struct later mail, int64_t now)
{
	struct rehearsal_lane lanes[3];
	int64_t until = held_until(r, &mail, now);

	if (until) {
		mail.at = until;
		put_later(r, mail);
		return;
	}
	r->queued[mail.provider]--;
	if (now - mail.since > GIVE_UP) {
		give_up(r, &mail, now);
		return;
	}
	lanes_of(mail.provider, mail.mailbox, lanes);
	for (size_t i = 0; i < 3; i++)
		lane_retry(rehearse_lane(r, lanes[i]), now);
	attempt(r, mail, true, now);
}

static void complain(struct rehearsal *r, const struct later *c, int64_t now)
{
	struct rehearsal_lane lanes[3];
	struct lane_said said;

	lanes_of(c->provider, c->mailbox, lanes);
	for (size_t i = 0; i < 3; i++) {
		said.count = 0;
		lane_complaint(rehearse_lane(r, lanes[i]), rules_of(r, lanes[i]), now, &said);
		tell(r, lanes[i], &said);
	}
}

/* ---- the agent's part ---- */

void rehearse_case(const struct rehearsal *r, size_t provider, size_t mailbox, struct pace_case *c)
{
	const struct box *b = &r->boxes[mailbox];

	*c = (struct pace_case){ .mail = { .id = r->mails + 1 },
		.box = b->limits,
		.used = b->used,
		.lanes = { &r->ip, &r->providers[provider], &b->lane },
		.queued = r->queued[provider],
		.queued_most = r->s.queued_most };
}

static void release(struct rehearsal *r, size_t provider, size_t mailbox, int64_t now)
{
	struct box *b = &r->boxes[mailbox];
	struct rehearsal_lane lanes[3];

	r->mails++;
	r->waiting[provider]--;
	pace_count(&b->used, (struct plan){ now });
	lanes_of(provider, mailbox, lanes);
	for (size_t i = 0; i < 3; i++)
		lane_release(rehearse_lane(r, lanes[i]), now, true);
	attempt(r,
		(struct later){ .provider = provider,
			.mailbox = mailbox,
			.since = now,
			.wait = FIRST_RETRY },
		false, now);
}

/* At most one mail of a mailbox at a moment; where none may go, when to look again. */
static void pick(struct rehearsal *r, size_t mailbox, int64_t now)
{
	struct box *b = &r->boxes[mailbox];
	size_t n = r->s.theatre->count;
	int64_t wake = PACE_NEVER;

	for (size_t i = 0; i < n; i++) {
		size_t provider = (b->turn + i) % n;
		struct pace_verdict v;
		struct pace_case c;

		if (!r->waiting[provider])
			continue;
		rehearse_case(r, provider, mailbox, &c);
		/* The gap is the same towards all of them. */
		if (pace_holds(&c, (struct plan){ now }, PACE_GAP, &v)) {
			wake = v.lifts;
			break;
		}
		v = pace_check(&c, (struct plan){ now });
		if (v.limit == PACE_FREE) {
			b->turn = provider + 1;
			release(r, provider, mailbox, now);
			b->wake = now;
			return;
		}
		wake = v.lifts < wake ? v.lifts : wake;
	}
	b->wake = wake;
}

static void mails_come(struct rehearsal *r, int64_t now)
{
	int64_t day = clock_day(now);

	if (day <= r->day)
		return;
	r->day = day;
	for (size_t i = 0; i < r->s.theatre->count && !r->absent; i++)
		r->waiting[i] += r->s.volume * r->s.theatre->list[i].share / 100;
	for (size_t i = 0; i < r->s.mailboxes; i++)
		r->boxes[i].wake = 0;
}

void rehearse_step(struct rehearsal *r, int64_t now)
{
	turn_lane(r, (struct rehearsal_lane){ LANE_IP, 0 }, now);
	for (size_t i = 0; i < r->s.theatre->count; i++)
		turn_lane(r, (struct rehearsal_lane){ LANE_PROVIDER, i }, now);
	for (size_t i = 0; i < r->s.mailboxes; i++)
		turn_lane(r, (struct rehearsal_lane){ LANE_MAILBOX, i }, now);
	mails_come(r, now);
	while (r->later_count && r->later[0].at <= now) {
		struct later l = take_later(r);

		if (!l.complaint)
			try_again(r, l, now);
		else if (!r->absent)
			complain(r, &l, now);
	}
	for (size_t i = 0; i < r->s.mailboxes; i++)
		if (r->boxes[i].wake <= now)
			pick(r, i, now);
}

int64_t rehearse_waiting(const struct rehearsal *r, size_t provider)
{
	return r->waiting[provider];
}

void rehearse_absent(struct rehearsal *r, bool absent)
{
	r->absent = absent;
}
