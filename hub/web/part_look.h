/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the components' templates ask of part.c; for hub/web/part*.tmpl and layout.tmpl alone. */
#ifndef WEB_PART_LOOK_H
#define WEB_PART_LOOK_H

#include "web/part.h"

struct look {
	const char *state, *tone, *icon;
	const char *word; /* English; NULL shows the state itself */
};
/* Never NULL. */
const struct look *look_of(const char *state);
/* "3 min ago", "in 2 d". */
const char *look_ago(struct scope *sc, int64_t real_ms);
/* "2026-01-31T12:00:00Z" and "2026-01-31 12:00 UTC". */
const char *look_iso(struct scope *sc, int64_t ms);
const char *look_date(struct scope *sc, int64_t ms);
/* TEXT as a regular expression that matches it alone, for an input's pattern. */
const char *look_pattern(struct scope *sc, const char *text);
/* What the field shows, what is wrong with it, the session's token. Q may be NULL. */
const char *look_value(const struct request *q, const struct input *in);
const char *look_error(const struct request *q, const char *name);
const char *look_csrf(const struct request *q);

#endif
