/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Commands to appliances over the API. For hub/routes.c. */
#ifndef FLEET_APPLIANCE_COMMAND_API_H
#define FLEET_APPLIANCE_COMMAND_API_H

#include "web/door.h"

extern const struct form appliance_commands_form, appliance_command_form;

route_fn appliance_commands_api, appliance_command_give_api, appliance_command_api;

#endif
