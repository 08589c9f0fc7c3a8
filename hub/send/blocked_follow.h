/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Refusals that speak of the machine and not of the recipient raise an alarm. For hub/follows.c. */
#ifndef SEND_BLOCKED_FOLLOW_H
#define SEND_BLOCKED_FOLLOW_H

#include "event/event.h"

extern const char *const blocked_follow_kinds[];

enum err blocked_follow(struct scope *sc, const struct event_row *rows, size_t n) MUST;

#endif
