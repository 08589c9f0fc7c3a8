/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Work that comes down: stored, refused or given back, in one transaction per batch. */
#ifndef INTAKE_H
#define INTAKE_H

#include "store/db.h"
#include "wire/wire.h"

/* The answer to WORK, durable when this returns. ERR_AWAY when nothing could be stored: then
   nothing is answered, and the hub asks again. */
enum err intake_work(
	struct scope *sc, const struct wire_work *work, struct wire_taken *answer) MUST;
/* How many more mails are taken now, WAITING being in the spool. */
int64_t intake_room(const struct scope *sc, int64_t waiting);

#endif
