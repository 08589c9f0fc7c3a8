/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* From what another mail server said to what it means for a lane. */
#ifndef PACE_OUTCOME_H
#define PACE_OUTCOME_H

#include "pace/lane.h"

/* CODE is the SMTP code or 0, STATUS the enhanced one or NULL, TEXT the reply or NULL; FINAL: it is
   not tried again. */
enum lane_outcome outcome_of(int64_t code, const char *status, const char *text, bool final);

#endif
