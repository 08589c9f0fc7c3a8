/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The table of everything that time can start. */
#ifndef JOBS_H
#define JOBS_H

#include "job/job.h"

extern const struct job_kind jobs[];

#endif
