/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The part `warmup` as an appliance reads it, and what an appliance tells of a lane. */
#ifndef TESTS_WARMUP_KIT_H
#define TESTS_WARMUP_KIT_H

#include "hub_kit.h"
#include "wire/warmup.h"

/* False where there is none. */
bool kit_warmup_part(struct scope *sc, int64_t appliance, struct part_warmup *w);
void kit_lane_day(struct scope *sc, int64_t appliance, const struct wire_lane_day *m);

#endif
