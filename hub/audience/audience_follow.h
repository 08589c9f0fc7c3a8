/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef AUDIENCE_AUDIENCE_FOLLOW_H
#define AUDIENCE_AUDIENCE_FOLLOW_H

#include "event/event.h"

/* A mail that bounced for the recipient's own sake stops the contact; a new appliance gets the
   suppression list. */
extern const char *const audience_follow_kinds[];
enum err audience_follow(struct scope *sc, const struct event_row *rows, size_t n) MUST;

#endif
