/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The ledger's ear: an operator stopped or gave up what mails are under way to. */
#ifndef SEND_MESSAGE_FOLLOW_H
#define SEND_MESSAGE_FOLLOW_H

#include "event/event.h"

extern const char *const message_follow_kinds[];
enum err message_follow(struct scope *sc, const struct event_row *rows, size_t n) MUST;

#endif
