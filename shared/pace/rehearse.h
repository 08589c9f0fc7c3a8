/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Days of sending in a moment: the engine of this folder, as the agent runs it, before simulated
 * providers (pace/theatre.h). One IP address, some mailboxes, a pile of mails that grows each day.
 */
#ifndef PACE_REHEARSE_H
#define PACE_REHEARSE_H

#include "pace/pace.h"
#include "pace/theatre.h"

struct rehearsal; /* arena */

/* Whose lane: of a provider its place in the theatre, of a mailbox its number. */
struct rehearsal_lane {
	enum lane_kind kind;
	size_t n;
};

struct rehearsal_setup {
	const struct ramp_plan *plan; /* borrowed, as the others */
	const struct shape_rules *rules;
	struct theatre *theatre;
	int64_t start;  /* plan ms of the first day's midnight */
	int64_t volume; /* mails wanted a day; what is not sent waits */
	size_t mailboxes;
	int64_t gap_ms, jitter_ms;
	int64_t queued_most; /* per provider in Postfix */
	void *to;            /* of both: */
	/* A decision fell. NULL for nobody. */
	void (*said)(void *to, struct rehearsal_lane l, const struct decision *d);
	/* A mail left, or was tried again by Postfix. NULL for nobody. */
	void (*left)(void *to, int64_t now, size_t provider, size_t mailbox, bool again);
};

struct rehearsal *rehearse_open(struct scope *sc, const struct rehearsal_setup *s);
/* Everything that is due at NOW. The clock may jump. */
void rehearse_step(struct rehearsal *r, int64_t now);
/* Mails that wait to leave towards a provider; all of them. */
int64_t rehearse_waiting(const struct rehearsal *r, size_t provider);
struct lane *rehearse_lane(struct rehearsal *r, struct rehearsal_lane l);
/* What decides about the next mail of MAILBOX towards PROVIDER. */
void rehearse_case(const struct rehearsal *r, size_t provider, size_t mailbox, struct pace_case *c);
/* From now on nothing new comes from the hub: no mails, no complaints. */
void rehearse_absent(struct rehearsal *r, bool absent);

#endif
