/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pages about oneself: name, language, zone, theme, password, sessions. */
#ifndef PEOPLE_PROFILE_PAGE_H
#define PEOPLE_PROFILE_PAGE_H

#include "web/door.h"

extern const struct form profile_form, password_form, theme_form;

route_fn profile_page, profile_post, password_post, theme_post, sessions_page, session_end_post,
	sessions_end_post;

#endif
