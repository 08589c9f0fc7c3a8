/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tracking hosts among the settings. */
#ifndef TRACK_TRACK_HOST_PAGE_H
#define TRACK_TRACK_HOST_PAGE_H

#include "web/door.h"

extern const struct form track_host_page_form;
route_fn track_hosts_page, track_host_add_page, track_host_check_page, track_host_remove_page;

#endif
