/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * New DKIM keys without a moment unsigned. The machine makes keys of the next selector for all its
 * domains and reports their records; once the DNS has shown all of them for a while, they sign; the
 * old ones stay until nothing signed with them can be on its way any more. A job looks at it.
 */
#ifndef MAILU_SELECTOR_H
#define MAILU_SELECTOR_H

#include "fleet/wanted.h"
#include "job/job.h"
#include "mailu/mailu.h"

/* How long the DNS must have shown a record before it is relied on. */
#define SELECTOR_PROVED_MS (10 * MINUTE_MS)
/* How long the old keys stay: a mail waits five days in Postfix's queue at most. */
#define SELECTOR_KEPT_MS (6 * DAY_MS)

/* Asks for keys of a next selector. ERR_CONFLICT while MailU is off or a change is under way. */
enum err selector_change(struct scope *sc, int64_t appliance) MUST;
/* The old ones go on signing. ERR_CONFLICT when the new ones do so already. */
enum err selector_give_up(struct scope *sc, int64_t appliance) MUST;
/* Inside db_write(): the change is looked at soon, where there is one. */
enum err selector_watch(struct scope *sc, const struct mailu *m) MUST;
/* Inside db_write(): moves the change on as far as it can. *AGAIN is when to look next, or 0. */
enum err selector_step(struct scope *sc, int64_t appliance, int64_t *again) MUST;

struct selector_record {
	const char *domain;
	const struct wanted *wanted; /* NULL: not reported yet */
	bool proved;
};
/* The next selector's record of each domain. */
enum err selector_records(
	struct scope *sc, const struct mailu *m, struct selector_record **list, size_t *n) MUST;

#endif
