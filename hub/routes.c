/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Everything that an HTTP request can start. Reading this page is the security review of the hub:
 * a row without a need does not start, an id of another tenant answers 404, unsafe requests of a
 * session need its CSRF token. Sorted by door and pattern.
 */
#include "routes.h"

#include "fleet/fleet_agent.h"
#include "fleet/fleet_api.h"
#include "web/live.h"

/* clang-format off */
const struct route routes[] = {
	/* ---- pages ---- */
	{ "GET", "/live", NEED_VIEW, DOOR_PAGE, NULL, live_page, "Hints of what changed" },

	/* ---- pages without a session ---- */

	/* ---- API ---- */
	{ "GET", "/api/v1/appliances", NEED_VIEW, DOOR_API, &appliances_form, appliances_api, "Appliances by name, each with its parts" },
	{ "POST", "/api/v1/appliances", NEED_FLEET, DOOR_API, &appliance_plan_form, appliance_plan_api, "Plan an appliance" },
	{ "GET", "/api/v1/appliances/:app", NEED_VIEW, DOOR_API, NULL, appliance_api, "One appliance with its parts" },
	{ "POST", "/api/v1/appliances/:app/token", NEED_FLEET, DOOR_API, NULL, appliance_token_api, "A one-time token to enrol it with, shown once" },
	{ "POST", "/api/v1/appliances/:app/stop", NEED_FLEET, DOOR_API, &appliance_reason_form, appliance_stop_api, "Nothing leaves it any more" },
	{ "POST", "/api/v1/appliances/:app/resume", NEED_FLEET, DOOR_API, NULL, appliance_resume_api, "A stopped one goes on" },
	{ "POST", "/api/v1/appliances/:app/lost", NEED_FLEET, DOOR_API, &appliance_reason_form, appliance_lost_api, "It will never answer again: what it may have sent is unknown" },
	{ "POST", "/api/v1/appliances/:app/retire", NEED_FLEET, DOOR_API, NULL, appliance_retire_api, "An empty one leaves the fleet" },
	{ "POST", "/api/v1/fleet/stop", NEED_STAFF, DOOR_API, &fleet_halt_form, fleet_halt_api, "Every appliance of every company stops" },
	{ "POST", "/api/v1/fleet/resume", NEED_STAFF, DOOR_API, NULL, fleet_resume_api, "The fleet goes on" },

	/* ---- tracking and unsubscribing ---- */

	/* ---- agents ---- */
	{ "POST", "/enrol", NEED_APPLIANCE, DOOR_AGENT, NULL, fleet_enrol_agent, "A machine joins with its one-time token" },
	{ "GET", "/enrol/ca.pem", NEED_APPLIANCE, DOOR_AGENT, NULL, fleet_ca_agent, "The authority that tokens name" },
	{ "POST", "/renew", NEED_APPLIANCE, DOOR_AGENT, NULL, fleet_renew_agent, "A certificate that has run out, against proof of its key" },

	{ 0 },
};
/* clang-format on */
