/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef TRACK_TRACK_JOB_H
#define TRACK_TRACK_JOB_H

#include "job/job.h"

/* All tracking hosts that were not checked for an hour. */
enum err track_hosts_run(struct scope *sc, struct job *j) MUST;

#endif
