/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What MailU's parts follow from: senders' mailboxes, and the records that were asked for. For
   hub/follows.c. */
#ifndef MAILU_MAILU_FOLLOW_H
#define MAILU_MAILU_FOLLOW_H

#include "event/event.h"

extern const char *const mailu_follow_kinds[];
enum err mailu_follow(struct scope *sc, const struct event_row *rows, size_t n) MUST;

#endif
