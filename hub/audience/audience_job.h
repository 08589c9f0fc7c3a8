/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef AUDIENCE_AUDIENCE_JOB_H
#define AUDIENCE_AUDIENCE_JOB_H

#include "job/job.h"

/* Reads one file from where it stopped to its end (subject: the import). */
enum err audience_import_run(struct scope *sc, struct job *j) MUST;
/* Which provider keeps the mailbox of each of the tenant's contacts: those that are new, and those
   whose time has come (warmup/site.h). Whoever brings contacts asks for it. */
enum err audience_providers_run(struct scope *sc, struct job *j) MUST;
/* Asks for it where contacts' time has come; and forgets domains nobody asks for any more. */
enum err audience_sites_run(struct scope *sc, struct job *j) MUST;
/* The part `suppression` of the tenant's appliances: the newest entries, at once. */
enum err audience_suppression_run(struct scope *sc, struct job *j) MUST;
/* Parts `suppression.0` …: all entries, where there are more than that part holds. */
enum err audience_segments_run(struct scope *sc, struct job *j) MUST;

#endif
