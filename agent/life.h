/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Is this database the newest of its line? Nothing in a copy says that it is one, so after a reboot
 * or in another file than before, the agent waits for its hub. After a reboot an acknowledgement of
 * facts that the outbox holds proves it current. Another file is a copy whatever the hub says of
 * its facts: what was done since and not told yet, neither knows.
 */
#ifndef LIFE_H
#define LIFE_H

#include "store/db.h"

/* At start: holds, unless file and boot are those of the last life. */
enum err life_begin(struct scope *sc) MUST;
/* The hub's acknowledgement up to MARK fits. */
enum err life_confirm(struct scope *sc, int64_t mark) MUST;
/* Inside db_write(): file and boot as they are now. */
enum err life_store(struct scope *sc) MUST;

#endif
