/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef SENDER_SENDER_JOB_H
#define SENDER_SENDER_JOB_H

#include "job/job.h"

/* Clocks change: parts `mailboxes` whose zones have another distance from UTC now are put anew.
   Comes every ten minutes; a part that is as it was stays the same version. */
enum err sender_zones_run(struct scope *sc, struct job *j) MUST;
/* Looks up the records of one domain, because somebody asked. */
enum err sender_domain_run(struct scope *sc, struct job *j) MUST;
/* Those of all domains whose time has come: hourly, more often while one is new. */
enum err sender_domains_run(struct scope *sc, struct job *j) MUST;

#endif
