/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pages about who belongs to a tenant, and the link by which they come. */
#ifndef TENANT_MEMBER_PAGE_H
#define TENANT_MEMBER_PAGE_H

#include "web/door.h"

extern const struct form invite_form, member_role_form, accept_form;

route_fn members_page, member_page, invite_post, invitation_revoke_post, member_role_post,
	member_remove_post;
/* Without a session. */
route_fn accept_page, accept_post;

#endif
