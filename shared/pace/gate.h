/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a lane's numbers say about its next step: advance, hold, step back, stop. Pure: a decision
 * is a value that carries the numbers it was made of, so that a person can check the arithmetic.
 *
 * Rates that punish are Wilson's lower bounds (one-sided, 95 %): so many at least, on the evidence.
 * The evidence is the lane's last seven days or as many whole days as hold 200 attempts, whichever
 * is more; what led to a punishment is spent and not held against the lane twice. Tripwires need no
 * minimum.
 */
#ifndef PACE_GATE_H
#define PACE_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/out.h"

/* Shares are parts of a million. Each is named as in a plan's gate lines. */
struct gates {
	int64_t attempted_least; /* of the day's cap, to advance */
	int64_t ended_least; /* of the day's mails, to an end that day: not put off, to advance */
	int64_t accepted_least;                             /* of these ends, to advance */
	int64_t hard_hold, hard_back, hard_stop, hard_halt; /* hard bounces */
	int64_t complaint_hold, complaint_back, complaint_stop, complaint_halt;
	int64_t hard_sample, complaint_sample; /* attempts before a rate counts */
	int64_t row_stop;                      /* hard bounces in a row */
	int64_t first_stop;                    /* of the first five */
	int64_t throttle_ms;  /* refused for so long without a mail taken: a step back */
	int64_t back_days;    /* how far a step back goes */
	int64_t idle_days;    /* without mail, for one step down */
	int64_t restart_days; /* without mail, to begin anew */
	int64_t stop_ms;      /* how long a stop lasts; doubles when the next comes within a week */
	int64_t halt_ms;      /* the same of a whole IP */
};

/* Numbers and names side by side, for plans, pages and checks. */
struct gate_field {
	const char *name; /* static */
	size_t offset;
	int64_t standard, low, high;
};
extern const struct gate_field gate_fields[];
extern const size_t gate_field_count;
struct gates gates_standard(void);

/* The evidence and the day. */
struct gate_inputs {
	int64_t cap, attempted;         /* of the day that is judged: attempts, each one counted */
	int64_t mails, ended, accepted; /* the same day: mails released, come to an end, taken */
	int64_t infra;                  /* the same day: refused for what we are */
	int64_t days, tried, hard, complained; /* of the evidence; DAYS days */
	int64_t hard_low, complaint_low;       /* lower bounds, parts of a million */
	int64_t row, first, first_hard;        /* tripwires: in a row; of the first FIRST */
	int64_t throttled_ms, idle;            /* since; days in a row */
	bool listed;
};

enum decision_kind {
	DECIDE_NONE,
	DECIDE_HOLD,
	DECIDE_ADVANCE,
	DECIDE_BACK,
	DECIDE_STOP,    /* this lane, for a while */
	DECIDE_RESUME,  /* the while is over */
	DECIDE_DECAY,   /* a step down after idle days */
	DECIDE_RESTART, /* from day one after many */
	DECIDE_SLOWER,  /* the rate is cut after trouble */
	DECIDE_FASTER,  /* and rises again after quiet */
	DECIDE_SHAPE,   /* a rule found a reply */
	DECIDE_HAND,    /* a person's */
	DECIDE_KINDS,
};
const char *decision_name(enum decision_kind k);

struct decision {
	enum decision_kind kind;
	const char *reason;        /* static: "hard", "complaints", "volume" … */
	const char *rule;          /* borrowed; of DECIDE_SHAPE, else NULL */
	int64_t at;                /* plan ms */
	int64_t stage, stage_next; /* before and after */
	int64_t cap, cap_next;
	int64_t until; /* of a stop, a slower rate, a rule's effect; else 0 */
	int64_t value; /* of these: mails an hour, connections …; else 0 */
	struct gate_inputs in;
};

/* Of HITS in TRIES, in parts of a million; 0 for no tries. */
int64_t gate_wilson(int64_t hits, int64_t tries);
/* At any moment: BACK, STOP or NONE. WHOLE is true for the lane of a whole IP. */
enum decision_kind gate_now(
	const struct gates *g, const struct gate_inputs *in, bool whole, const char **reason);
/* At the end of a day with mail: ADVANCE or HOLD, where gate_now() says NONE. */
enum decision_kind gate_day(
	const struct gates *g, const struct gate_inputs *in, const char **reason);
/* "hard 5 of 80 tried in 7 days, at least 3.1 % …" for logs and pages; English. */
void decision_format(struct out *o, const struct decision *d);

#endif
