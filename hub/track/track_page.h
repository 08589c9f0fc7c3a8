/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* /t/ and /u/ on tracking and link hosts. */
#ifndef TRACK_TRACK_PAGE_H
#define TRACK_TRACK_PAGE_H

#include "web/door.h"

extern const struct form track_leave_page_form;

route_fn track_proof_page, track_open_page, track_click_page, track_style_page;
route_fn track_leave_page, track_leave_post_page;

#endif
