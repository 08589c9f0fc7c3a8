/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Reputation, as pages and under /api/v1. */
#ifndef REPUTE_SCORE_PAGE_H
#define REPUTE_SCORE_PAGE_H

#include "web/door.h"

extern const struct form score_list_form;

route_fn reputation_page, score_address_page, score_domain_page, score_mailbox_page;
route_fn reputation_api, score_address_api, score_domain_api, score_mailbox_api;

#endif
