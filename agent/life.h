/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Is this database the newest of its line? Nothing in a copy says that it is one, so after a reboot
 * or in another file than before, the agent waits for its hub: an acknowledgement of facts that the
 * outbox holds proves it current; one of facts that it never wrote proves it a copy.
 */
#ifndef LIFE_H
#define LIFE_H

#include "store/db.h"

/* At start: holds, unless file and boot are those of the last life. */
enum err life_begin(struct scope *sc) MUST;
/* The hub's acknowledgement fits, or not. */
enum err life_confirm(struct scope *sc, bool current) MUST;

#endif
