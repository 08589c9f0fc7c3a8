/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Reads the mailboxes of this machine: a thread of its own looks into each every inbox.seconds, and
 * is told at once by the servers of up to inbox.idle of them; it takes what is new, has it read in
 * a child (box/box.h), and hands it to the loop, which alone writes (inbound.h). The next is read
 * when the last is written down. Nothing is changed in a mailbox: no mail is deleted, moved or
 * marked as read.
 */
#ifndef INBOX_H
#define INBOX_H

#include "agent.h"

struct inbox;

/* The loop and the outbox stand. */
enum err inbox_start(struct scope *sc, struct agent *a, struct inbox **out) MUST;
/* Accepts NULL. */
void inbox_stop(struct inbox *x);

#endif
