/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The inventory of addresses under /api/v1. */
#ifndef FLEET_ADDRESS_API_H
#define FLEET_ADDRESS_API_H

#include "web/door.h"

extern const struct form address_list_api_form, address_add_api_form, address_edit_api_form;
extern const struct form address_state_api_form, address_operator_api_form;

enum err address_list_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err address_add_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err address_find_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err address_edit_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err address_state_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err address_remove_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err address_pools_api(struct scope *sc, struct request *q, const void *input) MUST;
/* The operator's, over all companies. */
enum err address_all_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err address_operator_api(struct scope *sc, struct request *q, const void *input) MUST;

#endif
