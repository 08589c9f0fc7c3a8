/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A lane as JSON text and back, for whoever keeps it durable. */
#ifndef PACE_LANE_TEXT_H
#define PACE_LANE_TEXT_H

#include "base/out.h"
#include "pace/lane.h"

#define LANE_TEXT_MAX (32 * 1024)

void lane_format(struct out *o, const struct lane *l);
/* ERR_INPUT when the text cannot be one of lane_format()'s; *L is then untouched. What a newer
   version wrote besides is ignored. */
enum err lane_parse(struct scope *sc, struct bytes text, struct lane *l) MUST;

#endif
