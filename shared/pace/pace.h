/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * When may a mail leave? Pure functions over structs, used by the agent and by rehearsals: no
 * clock, no database, no memory. All limits must pass; of those that do not, the one that lifts
 * last binds and is named, with its value, who set it and when it lifts. All times are plan time.
 */
#ifndef PACE_PACE_H
#define PACE_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "pace/lane.h"

enum pace_limit {
	PACE_FREE,       /* nothing holds it */
	PACE_DUE,        /* not before its time */
	PACE_CONTROL,    /* the operator stopped this appliance */
	PACE_HEALTH,     /* the appliance does not trust itself: disk, clock, database */
	PACE_MAILBOX,    /* its mailbox is stopped, or no longer here */
	PACE_SUPPRESSED, /* the address must not be mailed */
	PACE_CAP,        /* mails of the mailbox in a day (UTC) */
	PACE_GAP,        /* least time since the mailbox's last mail, with this mail's jitter */
	PACE_WINDOW,     /* weekdays and hours in which the mailbox sends */
	PACE_STOP,       /* a gate or an order stopped the IP, the IP towards this provider, or the
			    mailbox */
	PACE_SHAPE,      /* the provider, or an order, asked for less: a rate or a pause */
	PACE_WARMUP,     /* today's step of a lane's warm-up plan */
	PACE_DAY,        /* the most a lane sends in any 24 hours */
	PACE_NEW,        /* first mails of the mailbox today: follow-ups keep their share */
	PACE_QUEUE,      /* mails towards the provider that stand in Postfix */
	PACE_ROW,        /* mails that one connection to the provider may have carried */
	PACE_LIMITS,
};

/* "free", "due" … */
const char *pace_limit_name(enum pace_limit l);

/* It lifts only by somebody's hand. */
#define PACE_NEVER INT64_MAX

struct pace_box {
	bool listed; /* the appliance has this mailbox */
	bool active;
	int64_t cap;
	int64_t gap_ms, jitter_ms;
	int64_t days;                   /* bit 0 Sunday … bit 6 Saturday */
	int64_t from_minute, to_minute; /* of the local day, from < to <= 1440 */
	int64_t offset_minutes;         /* the zone's distance from UTC */
	const char *by;                 /* borrowed; who set these, "plan" when NULL */
};

/* What the mailbox has sent. */
struct pace_used {
	int64_t day;   /* days since 1970 (UTC) to which count belongs */
	int64_t count; /* mails released on that day */
	int64_t last;  /* when the last one was released; 0 for never */
};

struct pace_host {
	bool stopped;
	bool held;
	const char *held_why; /* borrowed; for people */
};

struct pace_mail {
	int64_t id;
	int64_t due;
	bool suppressed;
	bool fresh; /* the first one to somebody */
};

/* What somebody with a wider view asks of a lane, beside its own gates and replies: the hub, for
   an operator or because many machines meet the same trouble. */
struct pace_order {
	int64_t stop; /* nothing before this moment; 0 for none, PACE_NEVER until it is taken back
		       */
	int64_t slow; /* until then at most RATE; the same */
	int64_t rate; /* mails an hour */
	const char *stop_by, *slow_by; /* borrowed */
};

struct pace_case {
	struct pace_mail mail;
	struct pace_box box;
	struct pace_used used;
	struct pace_host host;
	const struct lane *lanes[LANE_KINDS];        /* borrowed; NULL where nothing warms up */
	const struct pace_order *orders[LANE_KINDS]; /* borrowed; NULL for none */
	int64_t new_most;            /* first mails of the mailbox today; 0: no limit */
	int64_t queued, queued_most; /* in Postfix towards the provider; most 0: no limit */
	/* Left since all connections to the provider were closed for sure; most 0: no limit; and
	   when they may be closed again. */
	int64_t row, row_most, row_over;
};

struct pace_verdict {
	enum pace_limit limit;
	enum lane_kind lane; /* of a lane's limit: which lane's */
	int64_t value; /* of a cap: mails; of a gap: its length; of a rate: mails an hour; else 0 */
	/* Borrowed or static: "plan", "tenant", "operator", "appliance", "time", "gate", "own
	   rate", or a shaping rule's name. */
	const char *by;
	int64_t lifts; /* the moment, or PACE_NEVER */
};

/* The extra wait of one mail within 0..JITTER_MS: always the same for the same mail. */
int64_t pace_jitter(int64_t mail, int64_t jitter_ms);
/* Fills one state per limit and says whether it holds the mail at NOW. LIMIT is none of FREE. */
bool pace_holds(
	const struct pace_case *c, struct plan now, enum pace_limit limit, struct pace_verdict *v);
/* PACE_FREE, with lifts = now, or the limit that binds. */
struct pace_verdict pace_check(const struct pace_case *c, struct plan now);
/* The first moment from NOW on at which nothing would hold the mail, if nobody changes anything;
   PACE_NEVER when there is none within two years. */
int64_t pace_when(const struct pace_case *c, struct plan now);
/* The mail is released at NOW. */
void pace_count(struct pace_used *used, struct plan now);
/* How many mails the mailbox may release from NOW within SPAN_MS, at most MOST. */
int64_t pace_allowance(const struct pace_box *box, const struct pace_used *used, struct plan now,
	int64_t span_ms, int64_t most);

#endif
