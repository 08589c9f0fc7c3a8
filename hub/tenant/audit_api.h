/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The audit under /api/v1. */
#ifndef TENANT_AUDIT_API_H
#define TENANT_AUDIT_API_H

#include "web/door.h"

extern const struct form audit_api_form;
route_fn audit_api;

#endif
