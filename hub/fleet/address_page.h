/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The pages of the inventory of addresses. */
#ifndef FLEET_ADDRESS_PAGE_H
#define FLEET_ADDRESS_PAGE_H

#include "web/door.h"

extern const struct form addresses_page_form, address_add_page_form, address_edit_page_form;
extern const struct form address_state_page_form;

route_fn addresses_page, address_new_page, address_add_page, address_page, address_edit_page;
route_fn address_state_page, address_remove_page;

#endif
