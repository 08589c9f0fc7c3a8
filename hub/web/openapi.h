/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The API's description (OpenAPI 3.1), made from the table of routes and their forms. */
#ifndef WEB_OPENAPI_H
#define WEB_OPENAPI_H

#include "web/door.h"

/* The rows of DOOR_API of a table ended by a row without method. SERVER is the app's address, or
   NULL. */
void openapi_write(struct out *o, const struct route *routes, const char *server);
/* GET /api/v1/openapi.json */
route_fn openapi_api;

#endif
