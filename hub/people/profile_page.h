/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pages about oneself: name, language, zone, theme, password, sessions. */
#ifndef PEOPLE_PROFILE_PAGE_H
#define PEOPLE_PROFILE_PAGE_H

#include "web/door.h"

extern const struct form profile_form, password_form, theme_form;

route_fn profile_page, profile_post, password_post, theme_post, sessions_page, session_end_post,
	sessions_end_post;

struct option;
/* The languages there are catalogues for, by their own names; first NONE, where it is not NULL. */
size_t language_options(struct scope *sc, const char *none, struct option **list);
/* NULL is: nobody has chosen. */
bool language_is_known(struct scope *sc, const char *lang);

#endif
