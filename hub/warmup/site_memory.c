/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "warmup/site_memory.h"

#include <pthread.h>
#include <stdlib.h>

#include "pace/sites.h"

struct site_memory {
	struct scope sc; /* whose arena holds the table */
	const struct providers *table;
	pthread_mutex_t lock; /* guards sites */
	struct sites *sites;  /* owned */
};

struct site_memory *site_memory_new(const struct world *w, size_t count)
{
	struct site_memory *m = calloc(1, sizeof *m);

	if (!m)
		abort();
	scope_open(&m->sc, w, "sites");
	m->table = providers_builtin(&m->sc);
	m->sites = sites_new(count);
	pthread_mutex_init(&m->lock, NULL);
	return m;
}

void site_memory_free(struct site_memory *m)
{
	if (!m)
		return;
	sites_free(m->sites);
	pthread_mutex_destroy(&m->lock);
	scope_close(&m->sc);
	free(m);
}

bool site_memory_get(
	struct site_memory *m, const char *domain, struct real now, struct site_row *row)
{
	struct site site;
	bool known;

	if (!m)
		return false;
	pthread_mutex_lock(&m->lock);
	known = sites_get(m->sites, domain, now, &site);
	pthread_mutex_unlock(&m->lock);
	if (known)
		*row = (struct site_row){ .name = domain,
			.provider = site.provider->name,
			.number = site.number,
			.until = site.until };
	return known;
}

void site_memory_put(struct site_memory *m, const struct site_row *row)
{
	struct site site = { .number = (uint32_t)row->number, .until = row->until };

	if (!m || row->why || row->never || row->fails || !row->provider)
		return;
	site.provider = provider_named(m->table, row->provider);
	/* A name of an older table stays in the database alone. */
	if (!str_eq(site.provider->name, row->provider))
		return;
	pthread_mutex_lock(&m->lock);
	sites_put(m->sites, row->name, &site);
	pthread_mutex_unlock(&m->lock);
}
