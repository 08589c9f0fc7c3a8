/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The tabs over every page of the settings. */
#ifndef TENANT_SETTINGS_TABS_H
#define TENANT_SETTINGS_TABS_H

#include "web/door.h"

/* CHOSEN is the path of this page: "/settings", "/settings/members" … Shows what Q may see. */
void settings_tabs(struct scope *sc, struct out *o, const struct request *q, const char *chosen);

#endif
