/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The first page, the search over everything, and the company's settings. */
#ifndef INSIGHT_OVERVIEW_PAGE_H
#define INSIGHT_OVERVIEW_PAGE_H

#include "web/door.h"

extern const struct form search_page_form;
route_fn overview_page, search_page;

#endif
