/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef REPUTE_LISTING_JOB_H
#define REPUTE_LISTING_JOB_H

#include "job/job.h"

/* Asks the lists about addresses and domains whose time has come: hourly, and at most forty of each
   in a minute, so that no list is asked more than 60,000 times a day however large the fleet is. */
enum err listing_round_run(struct scope *sc, struct job *j) MUST;
/* The same for one of them, because somebody asked. */
enum err listing_one_run(struct scope *sc, struct job *j) MUST;

#endif
