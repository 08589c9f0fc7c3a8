/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the settings of tracking draw; between track_host_page.c and track_host.tmpl. */
#ifndef TRACK_TRACK_HOST_HTML_H
#define TRACK_TRACK_HOST_HTML_H

#include "sender/domain.h"
#include "track/track_host.h"
#include "web/door.h"

struct track_hosts_view {
	const struct request *q;
	const struct track_host *rows;
	size_t n;
	const char *domain; /* a verified one, for an example; NULL where there is none */
};
void track_hosts_html(struct scope *sc, struct out *o, const struct track_hosts_view *v);

#endif
