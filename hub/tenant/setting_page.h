/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The settings of the company and its workspaces. */
#ifndef TENANT_SETTING_PAGE_H
#define TENANT_SETTING_PAGE_H

#include "web/door.h"

extern const struct form company_page_form, workspace_page_form, workspace_add_page_form,
	tenant_stop_page_form;
route_fn company_page, company_set_page, tenant_stop_page, tenant_resume_page;
route_fn workspace_page, workspace_set_page, workspace_new_page, workspace_add_page;

/* The header and tabs all settings share. CHOSEN: "company", "workspace", "members", "keys",
   "profile". */
void settings_head_html(
	struct scope *sc, struct out *o, const struct request *q, const char *chosen);

#endif
