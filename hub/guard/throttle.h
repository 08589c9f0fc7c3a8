/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Counts failures and requests per name in a window, for guessing and flooding: sign-in, reset,
 * enrolment. Counts live in the database, so that it does not matter which hub was asked. Names
 * (addresses, accounts) are kept as keyed hashes only.
 */
#ifndef GUARD_THROTTLE_H
#define GUARD_THROTTLE_H

#include "store/db.h"

struct throttle {
	const char *kind; /* static; "signin.account" */
	int64_t limit;    /* this many within the window pass */
	int64_t window_ms;
};

/* ERR_LIMIT when WHO has used up its window. Counts nothing. */
enum err throttle_check(struct scope *sc, const struct throttle *t, const char *who) MUST;
/* Inside db_write(): one more for WHO. */
enum err throttle_count(struct scope *sc, const struct throttle *t, const char *who) MUST;
/* Inside db_write(): WHO starts afresh. */
enum err throttle_forget(struct scope *sc, const struct throttle *t, const char *who) MUST;
/* Inside db_write(): drops windows that ended. *N counts. */
enum err throttle_sweep(struct scope *sc, int64_t *n) MUST;

#endif
