/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What machines may ask over HTTPS: joining, and renewing what has run out. For hub/routes.c. */
#ifndef FLEET_FLEET_AGENT_H
#define FLEET_FLEET_AGENT_H

#include "web/door.h"

route_fn fleet_ca_agent, fleet_enrol_agent, fleet_renew_agent;

#endif
