/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pages of campaigns: the list, one campaign, its editor, its mails and people, one mail. */
#ifndef CAMPAIGN_CAMPAIGN_PAGE_H
#define CAMPAIGN_CAMPAIGN_PAGE_H

#include "web/door.h"

extern const struct form campaigns_page_form, campaign_add_page_form, campaign_cancel_page_form;
route_fn campaigns_page, campaign_new_page, campaign_add_page, campaign_page, campaign_copy_page;
route_fn campaign_launch_page, campaign_pause_page, campaign_resume_page, campaign_cancel_page,
	campaign_remove_page;

extern const struct form campaign_edit_page_form, campaign_step_at_page_form,
	campaign_step_page_form, campaign_test_page_form, campaign_score_page_form,
	campaign_preview_page_form;
route_fn campaign_edit_page, campaign_step_page, campaign_step_save_page, campaign_step_remove_page,
	campaign_test_page, campaign_score_ask_page, campaign_score_page, campaign_content_page,
	campaign_preview_page;

extern const struct form campaign_mails_page_form, campaign_people_page_form,
	campaign_stop_page_form, campaign_answers_page_form;
route_fn campaign_mails_page, campaign_people_page, campaign_stop_page, campaign_answers_page,
	message_page;

#endif
