/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the agent does every second and every minute: looks at its health, measures, renews its
   certificate, notices a clock that was set, forgets what is old. */
#ifndef UPKEEP_H
#define UPKEEP_H

#include "base/scope.h"

struct agent;
struct upkeep;

enum err upkeep_start(struct scope *sc, struct agent *a, struct upkeep **out) MUST;
/* Accepts NULL. */
void upkeep_stop(struct upkeep *u);
/* Measures and publishes. */
void upkeep_metric(struct scope *sc, struct agent *a);

#endif
