/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the worker's thread does: brings this machine's MailU to what the hub wants, and back to
 * what worked last where that fails. Knows neither database nor loop.
 */
#ifndef MAILU_WORK_H
#define MAILU_WORK_H

#include <stdatomic.h>

#include "mailu/spec.h"

struct work; /* not shared between threads */

/* SITE and STOP are borrowed; SECRETS is the file of this machine's secrets. */
struct work *work_new(const struct mailu_site *site, const char *secrets, const atomic_bool *stop);
/* Accepts NULL. */
void work_free(struct work *w);

struct work_result {
	enum part_state state;
	char reason[200]; /* of a state that is not applied */
	bool again;       /* not decided: to be tried again after a while */
};

/* Brings MailU to BODY, which was checked. GOOD is what was applied last, or NULL: where BODY does
   not come up, GOOD is brought back. */
void work_apply(struct scope *sc, struct work *w, const char *body, const char *good,
	struct work_result *r);

#endif
