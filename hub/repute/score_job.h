/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef REPUTE_SCORE_JOB_H
#define REPUTE_SCORE_JOB_H

#include "job/job.h"

/* Scores of what was counted since, every minute. */
enum err score_settle_run(struct scope *sc, struct job *j) MUST;

#endif
