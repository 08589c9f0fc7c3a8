/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the settings draw; between setting_page.c and setting.tmpl. */
#ifndef TENANT_SETTING_HTML_H
#define TENANT_SETTING_HTML_H

#include "tenant/tenant.h"
#include "tenant/workspace.h"
#include "web/door.h"
#include "web/part.h"

void company_html(
	struct scope *sc, struct out *o, const struct request *q, const struct tenant *tenant);
void workspace_html(
	struct scope *sc, struct out *o, const struct request *q, const struct workspace *w);
void workspace_new_html(struct scope *sc, struct out *o, const struct request *q);

#endif
