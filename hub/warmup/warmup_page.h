/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef WARMUP_WARMUP_PAGE_H
#define WARMUP_WARMUP_PAGE_H

#include "web/door.h"

extern const struct form warmup_page_form, warmup_choose_page_form, warmup_lanes_page_form,
	warmup_lane_page_form, warmup_hand_page_form;
route_fn warmup_page, warmup_choose_page, warmup_lanes_page, warmup_choose_appliance_page,
	warmup_providers_page;
route_fn warmup_ip_page, warmup_provider_page, warmup_mailbox_page, warmup_choose_mailbox_page;
route_fn warmup_ip_hand_page, warmup_provider_hand_page, warmup_mailbox_hand_page;

#endif
