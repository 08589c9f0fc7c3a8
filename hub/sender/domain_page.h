/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pages of domains and their DNS records. */
#ifndef SENDER_DOMAIN_PAGE_H
#define SENDER_DOMAIN_PAGE_H

#include "web/door.h"

extern const struct form domain_add_page_form, domain_selector_page_form;
route_fn domains_page, domain_new_page, domain_add_page, domain_page, domain_check_page;
route_fn domain_selector_page, domain_stop_page;

#endif
