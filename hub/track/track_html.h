/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Templates of track.tmpl. */
#ifndef TRACK_TRACK_HTML_H
#define TRACK_TRACK_HTML_H

#include "base/out.h"

#include "track/track.h"

/* A whole page. DONE: they have left just now. */
void track_leave_html(struct scope *sc, struct out *o, const struct track_leave *l, bool done);

#endif
