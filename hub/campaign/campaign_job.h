/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef CAMPAIGN_CAMPAIGN_JOB_H
#define CAMPAIGN_CAMPAIGN_JOB_H

#include "job/job.h"

/* Moves one campaign on (subject): enrols what is left of its audience, turns due steps into mails,
   ends waits, and ends the campaign when nobody is under way and nothing is moving. Comes again
   when the next person is due. */
enum err campaign_run(struct scope *sc, struct job *j) MUST;

#endif
