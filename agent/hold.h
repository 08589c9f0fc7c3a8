/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A stop that reaches into Postfix's queue: mails of a stopped or paused lane are put on hold there
 * (postsuper -h) and released when it is over (-H). The mark in the spool is written first, so that
 * whatever was held is released by whoever comes after us, and nothing that an operator held by
 * hand. Whether Postfix did it is seen in its queue; what it did not is asked for again. Where this
 * machine has a MailU, its Postfix is asked, in its container.
 */
#ifndef HOLD_H
#define HOLD_H

#include "base/scope.h"

struct hold;
struct hold_look; /* arena */

/* COMMAND: the program and its first words, apart by blanks; empty for no such program. SOCKETS: a
   folder; where `hold` and `release` are in it, they are told the ids instead, and say what the
   program says. */
struct hold *hold_new(const char *command, const char *sockets);
/* Accepts NULL. Waits for the program. */
void hold_free(struct hold *h);

/* What is to be held or released; NULL when nothing is. Nothing changes yet. */
enum err hold_look(struct scope *sc, struct hold *h, struct hold_look **out) MUST;
/* Inside outbox_write(): the marks. */
enum err hold_mark(struct scope *sc, const struct hold_look *look) MUST;
/* That write is committed: the program begins. */
void hold_run(struct scope *sc, struct hold *h, const struct hold_look *look);
/* It runs. */
bool hold_busy(const struct hold *h);
/* Why the last run failed; NULL when it did not. */
const char *hold_why(const struct hold *h);

#endif
