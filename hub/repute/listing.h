/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What block lists say of our addresses and domains (table dnsbl): a row per list, kept until the
 * list says otherwise. Silence and mistakes change nothing: who was listed stays listed.
 */
#ifndef REPUTE_LISTING_H
#define REPUTE_LISTING_H

#include "job/job.h"
#include "repute/lists.h"

enum listing_unit { LISTING_ADDRESS, LISTING_DOMAIN, LISTING_UNITS };

struct listing {
	const char *list;  /* its name in the table of lists */
	const char *state; /* "clear", "listed", "unclear" */
	const char *code, *reason;
	int64_t since;      /* real ms */
	int64_t checked_at; /* real ms of the last answer that counted; 0: none yet */
};

/* By list. */
enum err listing_list(struct scope *sc, enum listing_unit unit, int64_t id, struct listing **rows,
	size_t *n) MUST;

/* One thing that lists are asked about. */
struct listing_subject {
	int64_t tenant, id;
	const char *name; /* the address, or the domain */
};
/* Asks every list that is asked about such things, several subjects at once, and keeps what they
   say, each subject in a write of its own. An address is also asked for its reverse name. What
   follows for an address: nothing leaves from one that a list of weight `stop` names, until it is
   named no more and has rested; one that another list names is degraded. J may be NULL. In a system
   scope, or in the tenant's of all subjects. */
enum err listing_check(struct scope *sc, const struct job *j, enum listing_unit unit,
	const struct listing_subject *list, size_t n) MUST;
/* Has one looked up soon, because somebody asked. Calls db_write() itself. */
enum err listing_check_ask(struct scope *sc, enum listing_unit unit, int64_t id) MUST;

/* ---- inside db_write(), for listing_check() ---- */

struct listing_heard {
	const struct list *list;
	struct list_verdict verdict;
};
struct listing_sum {
	int64_t listed; /* lists that name it, notes not counted */
	bool stop, warn;
};
enum err listing_keep(struct scope *sc, enum listing_unit unit, int64_t id,
	const struct listing_heard *heard, size_t n, struct listing_sum *sum) MUST;

#endif
