/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/agent_name.h"

#include <string.h>

struct mark {
	const char *mark, *name;
};

/* The first mark found wins: most browsers also claim to be others. */
static const struct mark browsers[] = { { "Edg/", "Edge" }, { "OPR/", "Opera" },
	{ "Firefox/", "Firefox" }, { "Chrome/", "Chrome" }, { "Safari/", "Safari" },
	{ "curl/", "curl" } };
static const struct mark systems[] = { { "Android", "Android" }, { "iPhone", "iPhone" },
	{ "iPad", "iPad" }, { "Windows", "Windows" }, { "Mac OS X", "macOS" },
	{ "Linux", "Linux" } };

static const char *find(const struct mark *list, size_t n, const char *header)
{
	for (size_t i = 0; header && i < n; i++)
		if (strstr(header, list[i].mark))
			return list[i].name;
	return NULL;
}

const char *agent_name(struct scope *sc, const char *header)
{
	const char *browser = find(browsers, COUNT(browsers), header);
	const char *system = find(systems, COUNT(systems), header);

	if (browser && system)
		return arena_printf(sc->mem, "%s on %s", browser, system);
	if (browser)
		return browser;
	return "another program";
}
