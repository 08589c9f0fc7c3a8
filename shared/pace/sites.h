/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Which provider keeps a domain, remembered until it must be asked again. Bounded: the newest takes
 * the place of one that ends soon. Not for several threads at once.
 */
#ifndef PACE_SITES_H
#define PACE_SITES_H

#include "base/clock.h"
#include "pace/provider.h"

struct sites;

struct site {
	const struct provider *provider; /* borrowed of the table; NULL: nobody could say */
	uint32_t number;                 /* provider_site() of its servers */
	int64_t until;                   /* real ms; ask again then */
};

/* Room for COUNT domains. */
struct sites *sites_new(size_t count);
/* Accepts NULL. */
void sites_free(struct sites *s);
/* DOMAIN is an A-label name in lower case. False when it is not known, or no longer. */
bool sites_get(const struct sites *s, const char *domain, struct real now, struct site *site);
void sites_put(struct sites *s, const char *domain, const struct site *site);

#endif
