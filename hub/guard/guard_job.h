/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Timed work on credentials and counts. */
#ifndef GUARD_GUARD_JOB_H
#define GUARD_GUARD_JOB_H

#include "job/job.h"

/* Forgets counts whose window ended and credentials that ended more than 30 days ago. */
enum err guard_sweep_run(struct scope *sc, struct job *j) MUST;

#endif
