/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pages of the appliances. */
#ifndef FLEET_APPLIANCE_PAGE_H
#define FLEET_APPLIANCE_PAGE_H

#include "web/door.h"

extern const struct form appliances_page_form, appliance_plan_page_form, appliance_reason_page_form,
	appliance_lost_page_form;

route_fn appliances_page, appliance_new_page, appliance_page;
route_fn appliance_plan_page, appliance_token_page, appliance_stop_page, appliance_resume_page,
	appliance_lost_page, appliance_retire_page;

#endif
