/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A mailbox that is new, or on another appliance, goes by its plan there; all are told of a
   provider's weather, and those whom it concerns of complaints and of lists. */
#ifndef WARMUP_WARMUP_FOLLOW_H
#define WARMUP_WARMUP_FOLLOW_H

#include "event/event.h"

extern const char *const warmup_follow_kinds[];
enum err warmup_follow(struct scope *sc, const struct event_row *rows, size_t n) MUST;

#endif
