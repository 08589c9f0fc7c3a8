/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What layout.tmpl draws from: the sidebar as a table, and words of error pages. */
#ifndef WEB_LAYOUT_NAV_H
#define WEB_LAYOUT_NAV_H

#include "web/layout.h"

struct nav_entry {
	const char *id; /* as page.nav names it */
	const char *path;
	const char *icon;
	const char *word; /* English */
	const char *key;  /* g and then this letter goes there */
	enum need need;
	const char *group; /* English; a heading before it, or NULL */
	bool bar;          /* also in the bottom bar of a phone */
};
/* Ended by a NULL id. */
extern const struct nav_entry nav_entries[];

/* English */
const char *nav_heading(int status);
const char *nav_icon(int status);
/* The first letter, for an avatar. */
const char *nav_initial(struct scope *sc, const char *name);

#endif
