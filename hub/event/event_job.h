/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef EVENT_EVENT_JOB_H
#define EVENT_EVENT_JOB_H

#include "job/job.h"

/* Details past their time go, some hundred at a time. Comes every hour. */
enum err event_retain_run(struct scope *sc, struct job *j) MUST;

#endif
