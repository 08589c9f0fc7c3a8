/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How a pool of addresses is used, changed on the page and in the API. */
#ifndef FLEET_POOL_PAGE_H
#define FLEET_POOL_PAGE_H

#include "web/door.h"

extern const struct form pool_mode_page_form, pool_mode_api_form;
route_fn pool_mode_page, pool_mode_api;

#endif
