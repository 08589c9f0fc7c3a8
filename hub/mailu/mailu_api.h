/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The API of appliances' mail servers; its forms are those of the page, too. */
#ifndef MAILU_MAILU_API_H
#define MAILU_MAILU_API_H

#include "mailu/mailu.h"
#include "mailu/mailu_account.h"
#include "web/door.h"

extern const struct form mailu_form, mailu_account_form, mailu_address_form;

/* INPUT is that of the form. */
struct mailu_settings mailu_form_settings(const void *input);
struct mailu_account mailu_form_account(const void *input);
const char *mailu_form_address(const void *input);

route_fn mailu_api, mailu_set_api, mailu_off_api, mailu_account_add_api, mailu_account_remove_api,
	mailu_keys_api, mailu_keys_give_up_api;

#endif
