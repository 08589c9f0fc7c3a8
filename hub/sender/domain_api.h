/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Domains under /api/v1. */
#ifndef SENDER_DOMAIN_API_H
#define SENDER_DOMAIN_API_H

#include "web/door.h"

extern const struct form domain_add_api_form, domain_edit_api_form;
route_fn domain_list_api, domain_add_api, domain_find_api, domain_edit_api, domain_check_api;
route_fn domain_stop_api;

#endif
