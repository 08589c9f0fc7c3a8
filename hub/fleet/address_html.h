/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the addresses' pages draw; between address_page.c and address.tmpl. */
#ifndef FLEET_ADDRESS_HTML_H
#define FLEET_ADDRESS_HTML_H

#include "event/event.h"
#include "fleet/address.h"
#include "fleet/appliance.h"
#include "fleet/pool.h"
#include "repute/listing_html.h"
#include "web/door.h"

struct addresses_view {
	const struct request *q;
	const struct address *rows;
	size_t n;
	const struct address_pool *pools;
	size_t pool_count;
	const char *state, *pool; /* shown alone, or NULL */
	const char *more;         /* path of the next page, or NULL */
};
void addresses_html(struct scope *sc, struct out *o, const struct addresses_view *v);

struct address_view {
	const struct request *q;
	const struct address *a; /* NULL for a new one */
	const char *path;
	const struct appliance *appliances;
	size_t appliance_count;
	const struct event_row *events;
	const char *const *details;
	size_t event_count;
	struct listings_view lists;
};
void address_new_html(struct scope *sc, struct out *o, const struct address_view *v);
void address_html(struct scope *sc, struct out *o, const struct address_view *v);

/* "4.99" of 499. */
const char *address_cost(struct scope *sc, int64_t cost);

#endif
