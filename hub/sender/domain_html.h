/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the pages of domains draw; between domain_page.c and domain.tmpl. */
#ifndef SENDER_DOMAIN_HTML_H
#define SENDER_DOMAIN_HTML_H

#include "repute/listing_html.h"
#include "sender/domain.h"
#include "sender/record.h"
#include "web/door.h"
#include "web/part.h"

struct domains_view {
	const struct request *q;
	const struct domain *rows;
	const int64_t *good; /* records of each that are as they should be */
	size_t n;
};
void domains_html(struct scope *sc, struct out *o, const struct domains_view *v);
void domain_new_html(struct scope *sc, struct out *o, const struct request *q);

struct domain_view {
	const struct request *q;
	const struct domain *d;
	const struct records *records;
	const char *path;
	bool waits; /* a check was asked for and has not run yet */
	struct listings_view lists;
};
void domain_html(struct scope *sc, struct out *o, const struct domain_view *v);

#endif
