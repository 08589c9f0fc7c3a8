/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "pace/sites.h"

#include <stdlib.h>
#include <string.h>

#define NEAR 8 /* places in which a domain may be found */
#define NAME 255

struct entry {
	uint64_t hash;
	struct site site;
	char *domain; /* owned; NULL for an empty place */
};

struct sites {
	size_t mask;
	struct entry *list; /* owned */
};

static uint64_t hash_of(const char *domain)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *domain; domain++)
		h = (h ^ (unsigned char)*domain) * UINT64_C(0x100000001b3);
	return h ^ h >> 32;
}

struct sites *sites_new(size_t count)
{
	struct sites *s = calloc(1, sizeof *s);
	size_t size = NEAR;

	/* Half of the places stay empty, so that few are looked at. */
	while (size < 2 * count)
		size *= 2;
	if (!s || !(s->list = calloc(size, sizeof *s->list)))
		abort();
	s->mask = size - 1;
	return s;
}

void sites_free(struct sites *s)
{
	if (!s)
		return;
	for (size_t i = 0; i <= s->mask; i++)
		free(s->list[i].domain);
	free(s->list);
	free(s);
}

bool sites_get(const struct sites *s, const char *domain, struct real now, struct site *site)
{
	uint64_t hash = hash_of(domain);

	for (size_t i = 0; i < NEAR; i++) {
		const struct entry *e = &s->list[(hash + i) & s->mask];

		if (!e->domain || e->hash != hash || !str_eq(e->domain, domain))
			continue;
		if (now.ms >= e->site.until)
			return false;
		*site = e->site;
		return true;
	}
	return false;
}

/* Its own place, else an empty one, else the one that ends first. */
static struct entry *place_for(struct sites *s, const char *domain, uint64_t hash)
{
	struct entry *best = NULL;

	for (size_t i = 0; i < NEAR; i++) {
		struct entry *e = &s->list[(hash + i) & s->mask];

		if (e->domain && e->hash == hash && str_eq(e->domain, domain))
			return e;
		if (!best || (best->domain && (!e->domain || e->site.until < best->site.until)))
			best = e;
	}
	return best;
}

void sites_put(struct sites *s, const char *domain, const struct site *site)
{
	uint64_t hash = hash_of(domain);
	struct entry *e = place_for(s, domain, hash);

	if (strlen(domain) > NAME)
		return;
	if (!e->domain || !str_eq(e->domain, domain)) {
		free(e->domain);
		e->domain = strdup(domain);
		if (!e->domain)
			abort();
	}
	e->hash = hash;
	e->site = *site;
}
