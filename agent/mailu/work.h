/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the worker's thread does: brings this machine's MailU to what the hub wants, and back to
 * what worked last where that fails. Knows neither database nor loop.
 */
#ifndef MAILU_WORK_H
#define MAILU_WORK_H

#include <stdatomic.h>

#include "mailu/objects.h"

struct stack;
struct work; /* not shared between threads */

/* SITE and STOP are borrowed; FOLDER is where this machine keeps its secrets. */
struct work *work_new(const struct mailu_site *site, const char *secrets, const atomic_bool *stop);
/* Accepts NULL. */
void work_free(struct work *w);
/* For looking after what it brought up. */
const struct stack *work_stack(const struct work *w);

struct work_result {
	enum part_state state;
	char reason[200]; /* of a state that is not applied */
	bool again;       /* not decided: to be tried again after a while */
	bool locked_out;  /* MailU refuses us: each further try makes it worse */
};

/* Brings MailU to BODY, which was checked, for the mailboxes of ACCOUNTS (or NULL). GOOD is what
   was applied last, or NULL: where BODY does not come up, GOOD is brought back, unless
   it is the same. */
void work_apply(struct scope *sc, struct work *w, const char *body, const char *accounts,
	const char *good, struct work_result *r);

/* Makes domains, mailboxes and the rest in the running MailU of BODY what ACCOUNTS says (or NULL:
   only what MailU itself needs). */
void work_settle(struct scope *sc, struct work *w, const char *body, const char *accounts,
	struct objects *objects, struct work_result *r);

#endif
