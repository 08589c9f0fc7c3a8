/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the first page draws; between overview_page.c and overview.tmpl. */
#ifndef INSIGHT_OVERVIEW_HTML_H
#define INSIGHT_OVERVIEW_HTML_H

#include "audience/contact.h"
#include "campaign/campaign.h"
#include "fleet/appliance.h"
#include "sender/domain.h"
#include "sender/mailbox.h"
#include "tenant/tenant.h"
#include "web/door.h"
#include "web/part.h"

#define OVERVIEW_CAMPAIGNS 6

struct overview_view {
	const struct request *q;
	struct tenant tenant;
	struct contact_counts contacts;
	const struct campaign *campaigns; /* newest first */
	const struct campaign_progress *progress;
	size_t campaign_count;
	const struct appliance *appliances;
	size_t appliance_count;
	const struct domain *domains;
	size_t domain_count;
	const struct mailbox *mailboxes;
	const int64_t *today; /* mails queued this plan day, beside MAILBOXES */
	size_t mailbox_count;
	const char *postal; /* that stands in the workspace's mails */
};
void overview_html(struct scope *sc, struct out *o, const struct overview_view *v);

/* ---- what is left to do before the first mail ---- */

struct first_step {
	bool done;
	const char *title, *text, *path;
	enum need need; /* who can do it */
};
#define FIRST_STEPS 6
/* How many of STEPS are done. */
int overview_steps(
	struct scope *sc, const struct overview_view *v, struct first_step steps[FIRST_STEPS]);

/* ---- what needs somebody ---- */

#define ATTENTION_MAX 20
/* How many were put into LIST. */
size_t overview_attention(
	struct scope *sc, const struct overview_view *v, struct notice list[ATTENTION_MAX]);

/* Sums of the shown campaigns and of today. */
struct overview_sums {
	int64_t moving, delivered, bounced, ended, today, cap, running;
};
struct overview_sums overview_sum(const struct overview_view *v);

struct search_view {
	const struct request *q;
	const char *text;
	const struct campaign *campaigns;
	size_t campaign_count;
	const struct contact *contacts;
	size_t contact_count;
	const struct appliance *const *appliances;
	size_t appliance_count;
};
void search_html(struct scope *sc, struct out *o, const struct search_view *v);

#endif
