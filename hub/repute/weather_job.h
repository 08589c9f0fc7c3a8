/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef REPUTE_WEATHER_JOB_H
#define REPUTE_WEATHER_JOB_H

#include "job/job.h"

/* Calls bad weather and its end, every minute. */
enum err weather_look_run(struct scope *sc, struct job *j) MUST;

#endif
