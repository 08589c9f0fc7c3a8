/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A plan played before simulated providers (pace/rehearse.h), day by day, within a bounded time. */
#ifndef WARMUP_REHEARSAL_H
#define WARMUP_REHEARSAL_H

#include "pace/ramp.h"
#include "pace/theatre.h"

#define REHEARSAL_DAYS      90
#define REHEARSAL_VOLUME    20000
#define REHEARSAL_MAILBOXES 100
#define REHEARSAL_SAID      400 /* decisions kept */

struct rehearsal_wish {
	int64_t days, volume, mailboxes, gap, seed; /* mails wanted a day; minutes */
	const char *world;               /* as pace/theatre.h reads it; NULL: the program's */
	const struct shape_rules *rules; /* NULL: the program's */
};

struct rehearsal_day {
	struct {
		int64_t cap, sent;
		bool stopped;
	} providers[THEATRE_PROVIDERS];
	int64_t cap, sent; /* of all mailboxes; mails */
	int64_t again;     /* further attempts by Postfix */
	int64_t accepted, deferred, hard, complained, waiting;
};

struct rehearsal_said {
	int64_t day, minute;  /* from 1; of the day, UTC */
	const char *provider; /* borrowed of the table; NULL: the address, or a mailbox */
	int64_t mailbox;      /* from 1; 0 for none */
	const char *decision, *reason, *rule; /* static or arena; RULE may be NULL */
	int64_t step, step_next, cap, cap_next;
	const char *text; /* arena; with its numbers, English */
};

struct rehearsal_play {
	const char *providers[THEATRE_PROVIDERS]; /* titles */
	size_t provider_count;
	struct rehearsal_day *days; /* arena */
	size_t day_count;
	bool cut;                    /* the time was over before the days were */
	struct rehearsal_said *said; /* arena; beyond each day's usual step */
	size_t said_count;
	bool more; /* there were more of them */
};

/* PLAN before that world. CPU_MS: of this thread at most. */
enum err rehearsal_play(struct scope *sc, const struct ramp_plan *plan,
	const struct rehearsal_wish *wish, int64_t cpu_ms, struct rehearsal_play *out) MUST;

#endif
