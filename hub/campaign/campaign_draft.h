/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The editor as the page of a campaign that is a draft; for campaign_page.c. */
#ifndef CAMPAIGN_CAMPAIGN_DRAFT_H
#define CAMPAIGN_CAMPAIGN_DRAFT_H

#include "campaign/campaign.h"
#include "web/door.h"

enum err draft_show(struct scope *sc, struct request *q, const struct campaign *c) MUST;

#endif
