/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The part `warmup`: by which plan each lane of an appliance grows, what people's hands did to it,
 * and what is held. An appliance for which nothing was ever chosen has no such part, and no lanes.
 */
#ifndef WARMUP_WARMUP_H
#define WARMUP_WARMUP_H

#include "store/db.h"

/* Inside db_write(): the part of APPLIANCE as it should be now. */
enum err warmup_push(struct scope *sc, int64_t appliance) MUST;
/* Of all of the tenant's that are not gone. */
enum err warmup_push_all(struct scope *sc) MUST;

#endif
