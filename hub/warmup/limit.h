/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Every limit on a mailbox or an appliance: what it is, its value, who set it, whether it holds now
 * and when it lifts. Of those that hold the one that lifts last binds. What lanes say is as old as
 * their appliance's last word.
 */
#ifndef WARMUP_LIMIT_H
#define WARMUP_LIMIT_H

#include "store/db.h"

struct limit_row {
	const char *rule; /* static or arena; "company", "appliance", "mailbox", "cap", "window",
			     "hand", "stop", "shape", "warmup", "day" */
	const char *text; /* arena; a sentence in the reader's language */
	const char *by;   /* "tenant", "operator", "appliance", "plan", "gate" … */
	int64_t value;    /* mails a day, mails an hour; else 0 */
	bool holds, binds;
	int64_t lifts; /* plan ms; 0: nobody knows, or by somebody's hand */
};

/* MAILBOX 0 for an appliance alone; then APPLIANCE. PROVIDER NULL: lanes towards all that hold. */
enum err limit_list(struct scope *sc, int64_t mailbox, int64_t appliance, const char *provider,
	struct limit_row **rows, size_t *n) MUST;

#endif
