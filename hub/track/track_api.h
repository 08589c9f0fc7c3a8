/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tracking hosts under /api/v1. */
#ifndef TRACK_TRACK_API_H
#define TRACK_TRACK_API_H

#include "web/door.h"

extern const struct form track_host_api_form;

route_fn track_host_list_api, track_host_add_api, track_host_check_api, track_host_remove_api;

#endif
