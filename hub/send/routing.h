/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * From which of its mailboxes a tenant's mail should go, as far as reputation says. A mailbox whose
 * machine has only addresses that nothing may leave from, or whose own last days were bad, sends
 * nothing until that is over; among the others the better one with more of its day left goes first,
 * and one whose addresses are in a pool kept in reserve only when no other can.
 */
#ifndef SEND_ROUTING_H
#define SEND_ROUTING_H

#include "store/db.h"

struct routing {
	int64_t mailbox, domain, appliance;
	int64_t score;      /* 0..100; ROUTING_USUAL where there is none yet */
	int64_t address;    /* the best of its machine's: ROUTING_DEAD, ROUTING_ILL, ROUTING_WELL */
	int64_t reserve;    /* 1: all of them that mail may leave from are kept in reserve */
	int64_t sent, hard; /* today and yesterday */
	int64_t complained; /* and the day before */
};

#define ROUTING_USUAL 50
#define ROUTING_DEAD  1 /* each of its addresses is out of use */
#define ROUTING_ILL   2 /* the best is degraded */
#define ROUTING_WELL  3 /* or none is known */

/* Of all mailboxes of CAMPAIGN, by id. */
enum err routing_list(struct scope *sc, int64_t campaign, struct routing **rows, size_t *n) MUST;
enum err routing_find(struct scope *sc, int64_t mailbox, struct routing *out) MUST;

/* Why it sends nothing now: "address", "bounces" (over 5 % in two days, three at least),
   "complaints" (two in three days); NULL when it may. */
const char *routing_holds(const struct routing *r);
/* How much it is to be preferred, from 1. LEFT of CAP mails may still go today. */
int64_t routing_weight(const struct routing *r, int64_t left, int64_t cap);

#endif
