/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef CAMPAIGN_CAMPAIGN_FOLLOW_H
#define CAMPAIGN_CAMPAIGN_FOLLOW_H

#include "event/event.h"

/* The end of a step's mail moves its person on or stops it; a contact that left is stopped
   everywhere and its mail recalled; one that was erased is forgotten here too. */
extern const char *const campaign_follow_kinds[];
enum err campaign_follow(struct scope *sc, const struct event_row *rows, size_t n) MUST;

#endif
