/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef OBJECT_OBJECT_JOB_H
#define OBJECT_OBJECT_JOB_H

#include "job/job.h"

/* Objects past their time go: the row, then the file. Comes every ten minutes. */
enum err object_expire_run(struct scope *sc, struct job *j) MUST;
/* Files without a row that are older than a day go: of a write that was never finished, or of after
   the copy that the hub was restored from. Comes daily. */
enum err object_sweep_run(struct scope *sc, struct job *j) MUST;

#endif
