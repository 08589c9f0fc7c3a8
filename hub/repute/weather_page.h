/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The weather at mailbox providers, as a page and under /api/v1. */
#ifndef REPUTE_WEATHER_PAGE_H
#define REPUTE_WEATHER_PAGE_H

#include "web/door.h"

route_fn weather_page, weather_api;

#endif
