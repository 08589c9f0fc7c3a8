/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* "Ask now" of addresses and domains, as pages and under /api/v1. */
#ifndef REPUTE_LISTING_PAGE_H
#define REPUTE_LISTING_PAGE_H

#include "web/door.h"

route_fn listing_address_page, listing_domain_page;
route_fn listing_address_api, listing_domain_api;
route_fn listing_address_ask_api, listing_domain_ask_api;

#endif
