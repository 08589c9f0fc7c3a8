/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef WARMUP_PLAN_PAGE_H
#define WARMUP_PLAN_PAGE_H

#include "web/door.h"

extern const struct form plan_new_page_form, plan_add_page_form, plan_save_page_form,
	rehearsal_page_form;
route_fn plans_page, plan_new_page, plan_add_page, plan_page, plan_save_page, plan_retire_page,
	rehearsal_page;

#endif
