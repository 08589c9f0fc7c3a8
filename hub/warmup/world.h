/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The world of a company's own for a rehearsal: what its lanes met in the last month. */
#ifndef WARMUP_WORLD_H
#define WARMUP_WORLD_H

#include "store/db.h"

#define WORLD_DAYS  30
#define WORLD_LEAST 200 /* mails at an end; fewer say nothing */

/* As pace/theatre.h reads it: to whom the mails went, and in so many of them unknown recipients,
   complaints and first attempts put off. *TEXT NULL where there are too few. */
enum err world_own(struct scope *sc, const char **text) MUST;

#endif
