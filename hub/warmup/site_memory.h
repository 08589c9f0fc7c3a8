/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What this process knows of recipients' domains, before it looks in the table `site`: only those
 * whose provider the DNS named, and only until it must be asked again. Threads may share one.
 */
#ifndef WARMUP_SITE_MEMORY_H
#define WARMUP_SITE_MEMORY_H

#include "warmup/site.h"

struct site_memory;

/* Room for COUNT domains. */
struct site_memory *site_memory_new(const struct world *w, size_t count);
/* Accepts NULL. */
void site_memory_free(struct site_memory *m);
/* ROW's name is DOMAIN itself, its other texts live as long as M. False where it is not known, or M
   is NULL. */
bool site_memory_get(
	struct site_memory *m, const char *domain, struct real now, struct site_row *row);
/* Takes it when it is worth keeping. M may be NULL. */
void site_memory_put(struct site_memory *m, const struct site_row *row);

#endif
