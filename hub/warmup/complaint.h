/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Complaints, for the gates of the lanes that the mails left on: each mail counts once, on the day
 * it left, for its mailbox, for the address and for the address towards its recipient's provider.
 */
#ifndef WARMUP_COMPLAINT_H
#define WARMUP_COMPLAINT_H

#include "store/db.h"
#include "wire/warmup.h"

/* Inside db_write(): somebody called MESSAGE spam. *APPLIANCE is the one it left from; 0 where
   nothing changed: it was known, or the mail is gone. */
enum err complaint_count(struct scope *sc, int64_t message, int64_t *appliance) MUST;
/* Of the days that gates look at, for the part `warmup` of APPLIANCE. */
enum err complaint_list(
	struct scope *sc, int64_t appliance, struct part_complaints **list, size_t *n) MUST;

#endif
