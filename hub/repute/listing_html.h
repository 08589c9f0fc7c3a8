/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What block lists say, as a card of an address' or a domain's page. */
#ifndef REPUTE_LISTING_HTML_H
#define REPUTE_LISTING_HTML_H

#include "repute/listing.h"
#include "web/door.h"

struct listings_view {
	const struct request *q;
	const struct lists *lists;
	const struct listing *rows;
	size_t n;
	const char *check; /* a POST there looks them up; NULL for nobody */
	bool waits;        /* somebody asked, and it is on its way */
};
/* The rows of one thing, ready to draw. */
enum err listings_view(struct scope *sc, const struct request *q, enum listing_unit unit,
	int64_t id, struct listings_view *v) MUST;
void listings_html(struct scope *sc, struct out *o, const struct listings_view *v);

#endif
