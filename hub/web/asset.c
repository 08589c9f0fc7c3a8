/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/asset.h"

#include <stdlib.h>
#include <string.h>

extern const struct embedded assets[];
extern const size_t assets_count;

static int compare(const void *name, const void *member)
{
	return strcmp(name, ((const struct embedded *)member)->name);
}

const struct embedded *asset_find(const char *name)
{
	return bsearch(name, assets, assets_count, sizeof *assets, compare);
}

struct href asset_href(struct scope *sc, const char *name)
{
	const struct embedded *e = asset_find(name);

	/* Half of the tag: a page names a hundred icons. */
	return href(arena_printf(sc->mem, "/assets/%s?v=%.8s", name, e ? e->tag : "0"));
}
