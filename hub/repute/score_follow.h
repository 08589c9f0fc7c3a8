/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The ends of mails, counted for whom they came from. For hub/follows.c. */
#ifndef REPUTE_SCORE_FOLLOW_H
#define REPUTE_SCORE_FOLLOW_H

#include "event/event.h"

extern const char *const score_follow_kinds[];
enum err score_follow(struct scope *sc, const struct event_row *rows, size_t n) MUST;

#endif
