/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pages of open sign-up; they do not exist where it is by invitation. */
#ifndef TENANT_SIGNUP_PAGE_H
#define TENANT_SIGNUP_PAGE_H

#include "web/door.h"

extern const struct form signup_ask_form, signup_form;

route_fn signup_ask_page, signup_ask_post, signup_page, signup_post;

#endif
