/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The page of an appliance's own mail server. */
#ifndef MAILU_MAILU_PAGE_H
#define MAILU_MAILU_PAGE_H

#include "web/door.h"

extern const struct form mailu_off_page_form;

route_fn mailu_page, mailu_set_page, mailu_off_page, mailu_account_add_page,
	mailu_account_remove_page, mailu_keys_page, mailu_keys_give_up_page;

#endif
