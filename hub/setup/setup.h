/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a process needs before it may do anything: proof that its master key is the installation's,
 * the common plan clock, and a number of its own that goes into every id it makes.
 */
#ifndef SETUP_SETUP_H
#define SETUP_SETUP_H

#include "hub.h"
#include "store/db.h"

/* How long a number is held; keep it at least three times in that span. */
#define PROCESS_LEASE_MS (60 * SECOND_MS)

/* The first process leaves a canary sealed under MASTER; ERR_DENIED where it does not open. */
enum err master_check(struct scope *sc, const struct seal_key *master) MUST;

/* The anchor of the plan clock, made by the first process. A process that brings a new RATE makes a
   new anchor at this moment, so that plan time does not jump; RATE 0 takes what stands. */
enum err clock_setup(struct scope *sc, int64_t rate, struct clock *c) MUST;

/* A number 0..63 that no living process holds. ERR_LIMIT when there is none. */
enum err process_take(struct scope *sc, const char *owner, int64_t *number) MUST;
/* ERR_CONFLICT when it was lost: no id may be made any more. */
enum err process_keep(struct scope *sc, const char *owner, int64_t number) MUST;
enum err process_free(struct scope *sc, const char *owner, int64_t number) MUST;

#endif
