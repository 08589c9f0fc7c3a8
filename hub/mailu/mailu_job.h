/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* For hub/jobs.c. */
#ifndef MAILU_MAILU_JOB_H
#define MAILU_MAILU_JOB_H

#include "job/job.h"

/* Looks at the change of one appliance's DKIM keys until it is over. */
enum err mailu_selector_run(struct scope *sc, struct job *j) MUST;

#endif
