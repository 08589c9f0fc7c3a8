/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A company's own shaping rules, as a page and in the API. */
#ifndef WARMUP_SHAPING_PAGE_H
#define WARMUP_SHAPING_PAGE_H

#include "web/door.h"

extern const struct form shaping_page_form, shaping_save_page_form, shaping_save_api_form;
route_fn shaping_page, shaping_save_page;
route_fn shaping_find_api, shaping_save_api;

#endif
