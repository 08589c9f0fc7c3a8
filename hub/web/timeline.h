/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Facts of the log as people read them. */
#ifndef WEB_TIMELINE_H
#define WEB_TIMELINE_H

#include "event/event.h"
#include "text/html.h"
#include "wire/wire.h"

/* An ordered list of moments, or one quiet sentence when there are none. DETAILS may be NULL. */
void timeline_html(struct scope *sc, struct out *o, const struct event_row *rows,
	const char *const *details, size_t n);
/* With what was written at some of them: LETTERS stand beside ROWS, NULL where nothing was. */
void timeline_letters_html(struct scope *sc, struct out *o, const struct event_row *rows,
	const char *const *details, const struct wire_letter *const *letters, size_t n);

#endif
