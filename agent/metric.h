/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the machine and the agent are doing, as numbers. */
#ifndef METRIC_H
#define METRIC_H

#include "store/db.h"
#include "wire/wire.h"

/* CPU is that of the whole machine since the last call. */
enum err metric_measure(struct scope *sc, struct wire_metric *m) MUST;

#endif
