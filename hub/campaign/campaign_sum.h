/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The two identities of a campaign as sums to draw; for campaign.tmpl. */
#ifndef CAMPAIGN_CAMPAIGN_SUM_H
#define CAMPAIGN_CAMPAIGN_SUM_H

#include "campaign/campaign_html.h"

#define SUM_MAX 24

/* SHARES has room for SUM_MAX. */
void sum_people(
	struct scope *sc, const struct campaign_view *v, struct sum *s, struct share *shares);
void sum_mails(
	struct scope *sc, const struct campaign_view *v, struct sum *s, struct share *shares);
/* "about 3 d left", or why that is not known; NULL for an ended campaign. */
const char *sum_left(struct scope *sc, const struct campaign_view *v);
/* Who set a limit, as people say it. */
const char *sum_setter(struct scope *sc, const char *by);
/* "12 mails · anna@example.com", or NULL. */
const char *sum_holds(
	struct scope *sc, const struct campaign_view *v, const struct campaign_reason *r);
bool sum_ended(const struct campaign_view *v);

#endif
