/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What lanes.c (what happens), lanes_part.c (what the hub wants) and lanes_say.c (what is told)
   share. */
#ifndef LANES_PRIV_H
#define LANES_PRIV_H

#include "lanes.h"
#include "pace/provider.h"
#include "wire/warmup.h"

struct lane_entry {
	enum lane_kind kind;
	int64_t mailbox;
	char provider[PROVIDER_NAME + 1];
	struct lane lane;
	struct lane_rules rules;
	const struct ramp_plan *plan; /* borrowed of the desk, or NULL */
	int64_t version;              /* of it */
	const char *by;               /* borrowed of the desk: who set rules.most */
	struct pace_order order;
	int64_t queued; /* in Postfix or on the way; of a provider and of the address */
	/* Of a provider: mails and further attempts since all its connections were closed for sure,
	   those of them that nobody tried yet, and when the last one moved (real ms). */
	int64_t row, flying, moved_at;
	bool dirty;      /* not as written down */
	bool moved;      /* since it was told */
	int64_t told_at; /* monotonic ms */
};

/* To be told with the next write: a decision, or a day that ended. */
struct lane_note {
	struct lane_entry *entry;
	bool is_day;
	struct decision d;
	char rule[SHAPE_NAME + 1];
	struct lane_day day;
	int64_t step, cap;
};

struct lanes_plan {
	const struct ramp_plan *plan;
	int64_t version;
};

struct lanes {
	struct lane_entry **list; /* owned, as each; by kind, mailbox, provider */
	size_t count, providers;
	bool on;
	int64_t now;  /* of the turn; plan ms */
	int64_t real; /* the same moment; real ms */
	/* What the part says, with all its texts. */
	struct scope *desk; /* owned; NULL without the part */
	struct part_warmup part;
	struct lanes_plan *plans;
	const struct shape_rules *rules;
	const struct providers *table;
	struct gates gates;      /* of lanes without a plan */
	int64_t hand, hand_kept; /* the last one done; and as written down */
	struct lane_note *notes; /* owned */
	size_t note_count, note_room;
};

/* The lane's place, made when it is new. More providers than anybody has share one. */
struct lane_entry *lanes_have(
	struct lanes *l, enum lane_kind kind, int64_t mailbox, const char *provider);
/* The three of a mail. */
void lanes_of(struct lanes *l, const struct spool_item *item, struct lane_entry *e[LANE_KINDS]);
/* What was said is to be told, and the lane has changed. */
void lanes_note(struct lanes *l, struct lane_entry *e, struct lane_said *said);
/* Plan, limit and orders of one lane, as the part says. */
void lanes_rule(struct lanes *l, struct lane_entry *e);
void lanes_order(struct lanes *l, struct lane_entry *e);
/* Hands, complaints and listings that were not done or counted yet. */
void lanes_do(struct lanes *l);
/* Inside outbox_write(): the facts. */
enum err lanes_tell(struct scope *sc, struct lanes *l) MUST;
bool lanes_has_news(const struct lane_entry *e);

#endif
