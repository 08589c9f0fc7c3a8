/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Choosing a company or a workspace, and what the frame round pages shows of them. */
#ifndef TENANT_WORKSPACE_PAGE_H
#define TENANT_WORKSPACE_PAGE_H

#include "web/door.h"
#include "web/layout.h"

extern const struct form workspace_choose_form, tenant_choose_form;

route_fn workspace_choose_post, tenant_choose_post;

/* For web_config.shell. What cannot be read is left out: the page itself says what is wrong. */
void workspace_shell(struct scope *sc, const struct request *q, struct shell *s);

#endif
