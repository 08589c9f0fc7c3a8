/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef WARMUP_WARMUP_API_H
#define WARMUP_WARMUP_API_H

#include "web/door.h"

extern const struct form ramp_add_api_form, ramp_save_api_form, ramp_choice_api_form,
	ramp_choose_api_form, lane_list_api_form, lane_find_api_form, lane_hand_api_form,
	limit_list_api_form;
route_fn ramp_list_api, ramp_add_api, ramp_find_api, ramp_save_api, ramp_retire_api;
route_fn ramp_choice_api, ramp_choose_api;
route_fn lane_list_api, lane_find_api, lane_hand_api, lane_providers_api, limit_list_api;

#endif
