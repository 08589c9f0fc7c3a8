/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Appliances over the API. For hub/routes.c. */
#ifndef FLEET_FLEET_API_H
#define FLEET_FLEET_API_H

#include "web/door.h"

extern const struct form appliances_form, appliance_plan_form, appliance_reason_form,
	fleet_halt_form;

route_fn appliances_api, appliance_api, appliance_plan_api, appliance_token_api, appliance_stop_api,
	appliance_resume_api, appliance_lost_api, appliance_retire_api, fleet_halt_api,
	fleet_resume_api;

#endif
