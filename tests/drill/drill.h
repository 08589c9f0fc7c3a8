/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * make drill: a campaign of thousands of mails while its parts are killed with SIGKILL at random
 * moments, judged from what the sink received.
 */
#ifndef DRILL_DRILL_H
#define DRILL_DRILL_H

#include "world/company.h"
#include "world/lab.h"

enum target { KILL_HUB, KILL_AGENT, KILL_BROKER, KILL_POSTFIX, KILL_DATABASE, KILL_TARGETS };

struct drill {
	struct lab *lab;
	struct company company;
	const char *campaign; /* its id */
	uint64_t seed;
	uint64_t random; /* the generator's state, from the seed alone */
	int64_t mails;   /* how many the campaign makes */
	int kills;       /* wanted */
	int killed[KILL_TARGETS];
	int64_t since; /* clock_mono() of the launch */
};

/* Even over 0..BOUND-1, repeatable by the seed. */
int64_t drill_random(struct drill *d, int64_t bound);

/* A tenant with its mailboxes, its people and a launched campaign that makes exactly d->mails. */
enum err drill_set_up(struct scope *sc, struct drill *d) MUST;

/* Kills and restarts until all wanted kills are done. A kill counts only if its target was alive
   and a mail was still moving; each is printed. ERR_CONFLICT when the campaign ended before. */
enum err drill_kill(struct scope *sc, struct drill *d) MUST;

/* One number of the campaign's progress. */
enum err drill_count(struct scope *sc, struct drill *d, const char *what, int64_t *n) MUST;

struct drill_verdict {
	int64_t messages, delivered, bounced, unknown;
	int64_t lost;        /* neither at the sink, nor bounced, nor in a stated terminal state */
	int64_t duplicated;  /* one Message-ID under two queue ids */
	int64_t redelivered; /* the same queue id again */
	int64_t stray;       /* at the sink, but the ledger says it never went */
};
/* After the end. Compares each mail of the ledger with the sink's record. */
enum err drill_judge(struct scope *sc, struct drill *d, struct drill_verdict *v) MUST;

#endif
