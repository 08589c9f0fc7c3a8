/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Warm-up between hub and appliance. Down: part `warmup`, by what plan each lane of this machine
 * grows, and what the hub holds or slows beside that. Up: facts of two kinds, FACT_LANE and
 * FACT_LANE_DAY, whose body is a wire_lane_said or a wire_lane_day.
 *
 * A lane is named by kind, mailbox and provider: "ip" is the address this machine sends from (it
 * has one), "provider" that address towards one provider, "mailbox" one mailbox. MAILBOX is 0 and
 * PROVIDER is NULL where the kind has none. All times are plan time.
 */
#ifndef WIRE_WARMUP_H
#define WIRE_WARMUP_H

#include "wire/wire.h"

#define PART_WARMUP "warmup"

/* The same numbers as enum lane_kind of pace/lane.h. */
enum wire_lane { WIRE_LANE_IP, WIRE_LANE_PROVIDER, WIRE_LANE_MAILBOX };
const char *wire_lane_name(enum wire_lane l);

#define WIRE_MAX_PLANS 32
#define WIRE_MAX_LANES 1500 /* lanes, hands, orders and complaints, each */
#define WIRE_MAX_PLAN  4096 /* bytes of a plan's text */
#define WIRE_MAX_RULES (48 * 1024)

/* ---- down ---- */

struct part_plan {
	const char *name; /* as in its text */
	int64_t version;
	const char *text; /* of one plan, as ramp_format() writes it */
};

/* What differs for one lane. */
struct part_lane {
	int64_t kind; /* enum wire_lane */
	int64_t mailbox;
	const char *provider;
	const char *plan; /* name of one of the plans; NULL: what the part says of all */
	int64_t most;     /* mails a day at most, below the plan's; 0: no such limit */
	const char *by;   /* who set MOST: "tenant", "operator" … */
	bool listed;      /* of kind ip: the address stands on a list that counts */
};

/* A person's hand on a lane. Done once, in the order of their numbers: those beyond the last one
   that was done. */
enum part_hand_do {
	HAND_FREE,    /* a gate's stop ends now */
	HAND_BACK,    /* as many steps back as the plan's gates say */
	HAND_RESTART, /* from day one */
	HAND_STEP,    /* stands at day STEP of its plan */
};
struct part_hand {
	int64_t n; /* from 1 on, one count for the whole machine */
	int64_t kind;
	int64_t mailbox;
	const char *provider;
	int64_t what; /* enum part_hand_do, as "free", "back", "restart", "step" */
	int64_t step;
};

/* What the hub holds or slows, whatever the lane's own gates say. On kind ip it holds for every
   mail of the machine. */
struct part_order {
	int64_t kind;
	int64_t mailbox;
	const char *provider;
	int64_t rate;       /* mails an hour; 0 is a stop */
	const char *by;     /* "operator", "weather", "reputation" … */
	const char *reason; /* one word, or NULL */
	int64_t until;      /* 0: until the hub takes it back */
};

/* Complaints about mails that left on DAY: all that are known by now, so that a repeat counts
   nothing twice. Of the last days that a gate looks at. */
struct part_complaints {
	int64_t kind;
	int64_t mailbox;
	const char *provider;
	int64_t day; /* of the plan, since 1970 (UTC) */
	int64_t count;
};

struct part_warmup {
	/* Names of plans: of the address towards each provider, and of each mailbox. NULL: nothing
	   warms up there; gates and shaping hold all the same. */
	const char *plan, *mailbox_plan;
	struct part_plan *plans;
	size_t plan_count;
	struct part_lane *lanes;
	size_t lane_count;
	struct part_hand *hands;
	size_t hand_count;
	struct part_order *orders;
	size_t order_count;
	struct part_complaints *complaints;
	size_t complaint_count;
	/* Shaping rules as in pace/data/rules, which stand before those of the program; or NULL. */
	const char *rules;
	int64_t queued_most; /* mails towards one provider in Postfix; 0: the agent's own measure */
};

/* ---- up ---- */

/* Body of FACT_LANE: a gate or a rule decided. Every number it was made of is here
   (pace/gate.h: struct decision and struct gate_inputs). */
struct wire_lane_said {
	int64_t kind;
	int64_t mailbox;
	const char *provider;
	const char *plan; /* NULL where nothing warms up: an ip */
	int64_t version;
	const char *decision; /* decision_name(), or "hand" */
	const char *reason;   /* "good", "hard" … */
	const char *rule;     /* of a reply's rule, or NULL */
	int64_t at;
	int64_t step, step_next, cap, cap_next;
	int64_t until, value;
	/* inputs; DAY_CAP is their `cap` */
	int64_t day_cap, attempted, mails, ended, accepted, infra;
	int64_t days, tried, hard, complained, hard_low, complaint_low;
	int64_t row, first, first_hard, throttled_ms, idle;
	bool listed;
};

/* Body of FACT_LANE_DAY: a lane's day so far, all numbers absolute; the newest replaces those
   before. Told when a day ends, with each decision, and while mails move once in a while. */
struct wire_lane_day {
	int64_t kind;
	int64_t mailbox;
	const char *provider;
	const char *plan;
	int64_t version;
	int64_t at;
	int64_t day; /* since 1970 (UTC) */
	int64_t step, cap;
	int64_t mails, retries; /* attempts are both */
	int64_t fresh;          /* of the mails, the first ones to somebody */
	int64_t ended, accepted, deferred, hard, infra, complained;
	int64_t sent;      /* within the last 24 hours */
	int64_t queued;    /* in Postfix now */
	const char *state; /* "free", or what holds it: "stop", "shape", "warmup", "day" */
	const char *by; /* who: "gate", "plan", "tenant", "weather", a rule's name …; or NULL */
	const char *reason;
	int64_t until; /* when it lifts; 0: not by itself, or nothing holds */
	int64_t rate;  /* mails an hour, where a rate holds; else 0 */
};

WIRE_CODEC(warmup, part_warmup);
WIRE_CODEC(lane_said, wire_lane_said);
WIRE_CODEC(lane_day, wire_lane_day);

#endif
