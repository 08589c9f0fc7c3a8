/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the bus hands over to an appliance: recalls first, then leased mails it has not answered
 * yet, complete and rendered. Read from rows each time, so that any hub can repeat it.
 */
#ifndef SEND_HANDOVER_H
#define SEND_HANDOVER_H

#include "base/scope.h"

#include "wire/wire.h"

/* An unanswered item is repeated after this long. */
#define HANDOVER_REPEAT_MS (10 * SECOND_MS)
/* Mails published within that time and not answered: no more go out. */
#define HANDOVER_IN_FLIGHT (2 * WIRE_MAX_BATCH)

/*
 * The next batch for APPLIANCE (of the scope's tenant): at most WIRE_MAX_BATCH items and 200 KiB;
 * count 0 when nothing is to be published now. WORK->batch is the real ms of this call: answers
 * carry it back, and message_taken() knows by it which lease they speak of. Call it outside
 * db_write(): it renders first and marks the rows as sent in a write of its own, before it returns.
 * A mail that cannot be rendered ends as failed(render). Uses hub_of(sc)->render.
 */
enum err handover_take(struct scope *sc, int64_t appliance, struct wire_work *work) MUST;

#endif
