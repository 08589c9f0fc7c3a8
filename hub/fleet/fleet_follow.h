/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the fleet learns from the log: a tenant was stopped or goes on. For hub/follows.c. */
#ifndef FLEET_FLEET_FOLLOW_H
#define FLEET_FLEET_FOLLOW_H

#include "event/event.h"

extern const char *const fleet_follow_kinds[];
enum err fleet_follow(struct scope *sc, const struct event_row *rows, size_t n) MUST;

#endif
