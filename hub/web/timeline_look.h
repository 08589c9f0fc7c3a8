/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The words of each kind of fact; for timeline.tmpl. */
#ifndef WEB_TIMELINE_LOOK_H
#define WEB_TIMELINE_LOOK_H

#include "event/event.h"
#include "web/part.h"

/* MOMENT of ROW; its texts live in SC's arena. */
void timeline_moment(
	struct scope *sc, const struct event_row *row, const char *detail, struct moment *moment);

#endif
