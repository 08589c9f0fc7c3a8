/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Parts too large for a packet are fetched over HTTPS with the agent's certificate, on a thread of
 * their own, one at a time. The hash in the part's message says whether what came is right.
 */
#ifndef FETCH_H
#define FETCH_H

#include "base/scope.h"
#include "wire/wire.h"

#define FETCH_MAX (4 * 1024 * 1024)

struct fetcher;

/* DONE is called by the loop, with the part complete, or with body NULL after a failure that SC
   tells of. */
typedef void fetch_done(struct scope *sc, void *arg, const struct wire_part *part);
enum err fetcher_start(struct scope *sc, fetch_done *done, void *arg, struct fetcher **out) MUST;
/* Waits for the one under way. Accepts NULL. */
void fetcher_stop(struct fetcher *f);
/* ERR_LIMIT while another one is under way: the hub repeats. PART is copied. */
enum err fetcher_get(struct scope *sc, struct fetcher *f, const struct wire_part *part) MUST;

#endif
