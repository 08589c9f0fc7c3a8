/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The page of API keys, and the API's own account of who asks. */
#ifndef TENANT_APIKEY_PAGE_H
#define TENANT_APIKEY_PAGE_H

#include "web/door.h"

extern const struct form apikey_form;

route_fn apikeys_page, apikey_post, apikey_revoke_post;

#endif
