/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* API keys under /api/v1. */
#ifndef TENANT_APIKEY_API_H
#define TENANT_APIKEY_API_H

#include "web/door.h"

extern const struct form apikey_add_api_form;
route_fn apikeys_api, apikey_add_api, apikey_revoke_api;

#endif
