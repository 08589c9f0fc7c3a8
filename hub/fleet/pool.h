/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Pools: addresses that stand together under a name. One in reserve takes first mails only while no
 * address outside a reserve can (send/routing.h).
 */
#ifndef FLEET_POOL_H
#define FLEET_POOL_H

#include "store/db.h"

struct address_pool {
	const char *pool;
	const char *mode;           /* "primary", "reserve" */
	int64_t addresses, sending; /* how many, and how many of them mail may leave from */
	int64_t score;              /* the least of theirs; -1 where none has one */
};
/* The pools there are, by name. */
enum err address_pools(struct scope *sc, struct address_pool **rows, size_t *n) MUST;
/* ERR_INPUT about "pool" when no address names it. Writes by itself. */
enum err pool_set_mode(struct scope *sc, const char *pool, const char *mode) MUST;

#endif
