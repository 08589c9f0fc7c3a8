/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The rows as the runner sees them. */
#ifndef JOB_JOB_PRIV_H
#define JOB_JOB_PRIV_H

#include "job/job.h"

/* Due and not leased, whoever's they are. */
enum err job_list_ripe(struct scope *sc, struct job **list, size_t *n) MUST;
/* Leases J for j->owner; false when another runner was first. */
enum err job_take(struct scope *sc, const struct job *j, bool *taken) MUST;
/* Ends the lease: gone, due again, or standing still with WHY. */
enum err job_give(struct scope *sc, const struct job *j, const struct job_kind *kind,
	enum err result, const char *why) MUST;

#endif
