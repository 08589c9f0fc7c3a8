/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Replies that put mail off, counted by provider and machine. For hub/follows.c. */
#ifndef REPUTE_WEATHER_FOLLOW_H
#define REPUTE_WEATHER_FOLLOW_H

#include "event/event.h"

extern const char *const weather_follow_kinds[];
enum err weather_follow(struct scope *sc, const struct event_row *rows, size_t n) MUST;

#endif
