/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef SEND_CLAIM_JOB_H
#define SEND_CLAIM_JOB_H

#include "job/job.h"

/* Claims that will not be needed: their mail came to its end, or was not made again for so long
   that it never will be. */
enum err claim_sweep_run(struct scope *sc, struct job *j) MUST;

#endif
