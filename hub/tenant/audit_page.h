/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The page of who did what. */
#ifndef TENANT_AUDIT_PAGE_H
#define TENANT_AUDIT_PAGE_H

#include "web/door.h"

extern const struct form audit_page_form;
route_fn audit_page;

#endif
