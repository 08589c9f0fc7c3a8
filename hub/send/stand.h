/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Where mails stand, told to an appliance whose database was restored from a copy. */
#ifndef SEND_STAND_H
#define SEND_STAND_H

#include "base/scope.h"

#include "wire/wire.h"

/*
 * One page of the answer for APPLIANCE (of the scope's tenant): first each id asked for, in order,
 * then what it is thought to hold beyond M->after, by id. Only reads.
 */
enum err stand_answer(struct scope *sc, int64_t appliance, const struct wire_spool *m,
	struct wire_stand *answer) MUST;

#endif
