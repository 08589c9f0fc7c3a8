/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The table of routes, compiled once into a tree of path segments, so that finding a row costs a
 * few comparisons whatever the number of rows.
 */
#ifndef WEB_TABLE_H
#define WEB_TABLE_H

#include "web/door.h"

#define TABLE_IDS 4 /* ids in one pattern, at most */

struct table;

/* Aborts on a row that cannot be: no need, no handler, a doubled method and pattern. ROUTES is
   static and ended by a row without method. */
struct table *table_new(const struct route *routes);
void table_free(struct table *t);

struct match {
	const struct route *route; /* NULL when no row has this method */
	struct {
		const char *prefix; /* static */
		int64_t id;
	} ids[TABLE_IDS];
	size_t id_count;
	const char *rest;  /* arena; of a final *, or NULL */
	const char *allow; /* arena; without a route: what this path has, "GET, POST" */
	unsigned kinds;    /* bit per enum door_kind that this path has */
};

/* False when no row has such a PATH (raw, as in the request line, without its query). HEAD is
   GET. */
bool table_find(const struct table *t, struct scope *sc, const char *method, const char *path,
	struct match *m);
/* The row that draws the page from which a form is posted to PATTERN: its GET, that of PATTERN/new
   or of the nearest pattern above. NULL when there is none. */
const struct route *table_page_of(const struct table *t, const char *pattern);

#endif
