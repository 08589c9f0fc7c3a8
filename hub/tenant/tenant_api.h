/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The API about who asks, the company, its members and keys. */
#ifndef TENANT_TENANT_API_H
#define TENANT_TENANT_API_H

#include "web/door.h"

extern const struct form tenant_set_api_form, tenant_stop_api_form, invite_api_form,
	member_role_api_form, workspace_add_api_form;

route_fn me_api, tenant_api, tenant_set_api, tenant_stop_api, tenant_resume_api;
route_fn members_api, invite_api, member_find_api, member_role_api, member_remove_api;
route_fn workspaces_api, workspace_add_api;

#endif
