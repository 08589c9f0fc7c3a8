/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pages without a session: signing in, and what to do with a forgotten password. */
#ifndef PEOPLE_SESSION_PAGE_H
#define PEOPLE_SESSION_PAGE_H

#include "web/door.h"

extern const struct form signin_form, signin_next_form, forgot_form, reset_form;

route_fn signin_page, signin_post, signout_post, forgot_page, forgot_post, reset_page, reset_post;

#endif
