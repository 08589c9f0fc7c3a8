/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One person across all areas: what happened, and everything known as a file to hand over. */
#ifndef CAMPAIGN_PERSON_H
#define CAMPAIGN_PERSON_H

#include "event/event.h"
#include "store/db.h"

/* All facts about one contact, newest first: its own, and those of its enrolments and mails. BEFORE
   is the pos of the last one seen, 0 starts. Details as in event_timeline(). */
enum err person_timeline(struct scope *sc, int64_t contact, int64_t before, int limit,
	struct event_row **rows, const char ***details, size_t *n) MUST;
/* Everything known about one contact, as JSON: columns, own fields, enrolments, mails, answers,
   facts. */
enum err person_export(struct scope *sc, int64_t contact, struct bytes *json) MUST;

#endif
