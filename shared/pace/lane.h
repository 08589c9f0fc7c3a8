/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A lane: one sending unit with its step of the plan, what it has used, what came back, and what
 * holds it. Units are a whole IP address (gates only), an IP towards one provider, and a mailbox.
 * A plain struct of numbers that its owner keeps durable; pure functions; all times are plan time.
 *
 * The rule that holds at every moment: a lane's day begins at midnight UTC and has one step of the
 * plan, and in any 24 hours it releases at most the largest cap in force inside them. Mails are
 * counted in slots of five minutes, each of which counts until all of it is a day old; a lane may
 * therefore send up to five minutes' worth less than it could.
 */
#ifndef PACE_LANE_H
#define PACE_LANE_H

#include "pace/gate.h"
#include "pace/ramp.h"
#include "pace/shape.h"

#define LANE_SLOT_MS (5 * MINUTE_MS)
#define LANE_SLOTS   289 /* a day and the slot that is beginning */
#define LANE_DAYS    32
#define LANE_SAID    16 /* decisions of one call at most */

enum lane_kind { LANE_IP, LANE_PROVIDER, LANE_MAILBOX, LANE_KINDS };
const char *lane_kind_name(enum lane_kind k);

/* What a lane is held to; the same for all of a kind. */
struct lane_rules {
	enum lane_kind kind;
	const struct ramp *ramp;   /* borrowed; NULL for a whole IP, and where nothing warms up */
	int64_t most;              /* a tenant's own limit below the plan's; 0 for none */
	const struct gates *gates; /* borrowed */
};

struct lane_day {
	int64_t day;            /* since 1970, UTC */
	int64_t cap;            /* in force at its end */
	int64_t mails, retries; /* attempts are both */
	int64_t fresh;          /* of the mails, the first ones to somebody */
	int64_t ended, accepted, deferred, hard, infra, complained;
};

struct lane {
	int64_t stage;      /* day of the plan, from 1 */
	int64_t cap;        /* in force now */
	int64_t cap_most;   /* the largest of today */
	int64_t cap_before; /* in force when today began */
	int64_t slot;       /* number of the newest slot; 0 before the first mail */
	int64_t window;     /* sum of all slots */
	int32_t slots[LANE_SLOTS];
	struct lane_day days[LANE_DAYS]; /* newest first; [0] is today, day 0 for empty places */
	struct lane_day spent;           /* what was held against it already: all up to here */
	int64_t idle;                    /* whole days in a row without a mail */
	int64_t first, first_hard,
		row; /* mails ended since it began; hard of the first 5; in a row */
	/* First and last time it was put off since a mail was taken; 0 for not. */
	int64_t throttled, throttled_last;
	int64_t throttled_rest;    /* one step back for that is enough until then */
	int64_t stopped;           /* until when; 0 for not */
	int64_t stopped_at, stops; /* when it last was, and how often within a week of another */
	bool listed;               /* the address stands on a list that counts */
	struct shaping shape;
};

enum lane_outcome {
	LANE_ACCEPTED,
	LANE_DEFERRED,  /* for now, and not for what we are: full, greylisted, ill */
	LANE_THROTTLED, /* for now, for what we are or how fast */
	LANE_HARD,      /* no such mailbox */
	LANE_INFRA,     /* refused for what we are */
	LANE_LOST,      /* ended otherwise */
	LANE_OUTCOMES,
};

struct lane_said {
	struct decision list[LANE_SAID];
	size_t count;
};

/* A lane of which nothing is known, at day 1. */
void lane_open(struct lane *l, const struct lane_rules *r, int64_t now);
/* Time passes: days end, stops are over, rates rise. To be called before the lane is asked or told
   anything at NOW. A clock that was set back changes nothing and the lane waits until it has
   caught up. */
void lane_turn(struct lane *l, const struct lane_rules *r, int64_t now, struct lane_said *said);
/* Other rules: the cap follows at once. */
void lane_rule(struct lane *l, const struct lane_rules *r);
/* A mail leaves; FRESH: the first one to somebody. */
void lane_release(struct lane *l, int64_t now, bool fresh);
/* It did not leave after all. */
void lane_give_back(struct lane *l, int64_t now, bool fresh);
/* Postfix tried a mail again. */
void lane_retry(struct lane *l, int64_t now);
/* What became of an attempt. RULE is the shaping rule that its reply fits, or NULL. */
void lane_outcome(struct lane *l, const struct lane_rules *r, int64_t now, enum lane_outcome o,
	const struct shape_rule *rule, struct lane_said *said);
void lane_complaint(
	struct lane *l, const struct lane_rules *r, int64_t now, struct lane_said *said);
/* Complaints about mails that left on DAY: COUNT by now, in all. */
void lane_complaints(struct lane *l, const struct lane_rules *r, int64_t now, int64_t day,
	int64_t count, struct lane_said *said);

enum lane_hand {
	LANE_HAND_FREE,    /* a stop ends */
	LANE_HAND_BACK,    /* as many steps back as its gates say */
	LANE_HAND_RESTART, /* from day one, with no past */
	LANE_HAND_STEP,    /* stands at day STEP of its plan */
	LANE_HANDS,
};
void lane_hand(struct lane *l, const struct lane_rules *r, int64_t now, enum lane_hand hand,
	int64_t step, struct lane_said *said);
/* The address is on a list that counts, or no longer. */
void lane_list(struct lane *l, const struct lane_rules *r, int64_t now, bool listed,
	struct lane_said *said);

enum lane_hold { LANE_FREE, LANE_STOPPED, LANE_SHAPED, LANE_CAP, LANE_WINDOW, LANE_HOLDS };
struct lane_verdict {
	enum lane_hold hold;
	int64_t value;  /* of a cap; of a rate */
	int64_t lifts;  /* when, if nothing else happens */
	const char *by; /* a rule's name within the lane, else static */
};
/* Does this one hold the lane at NOW, or any later moment? *V says it either way: value, and when
   it lifts. HOLD is none of FREE. Changes nothing. */
bool lane_holds(const struct lane *l, enum lane_hold hold, int64_t now, struct lane_verdict *v);
/* Mails that it may release today and within 24 hours from now on, as far as is known. */
int64_t lane_left(const struct lane *l, int64_t now);
/* Sent within the last 24 hours; within the last hour. */
int64_t lane_sent_day(const struct lane *l, int64_t now);
int64_t lane_sent_hour(const struct lane *l, int64_t now);
struct gate_inputs lane_inputs(const struct lane *l, int64_t now);

#endif
