/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What machines may ask over HTTPS: joining, and renewing what has run out. For hub/routes.c. */
#ifndef FLEET_ENROLMENT_API_H
#define FLEET_ENROLMENT_API_H

#include "web/door.h"

route_fn enrol_ca_api, enrol_api, enrol_renew_api;

#endif
