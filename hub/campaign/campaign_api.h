/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Campaigns, and one person across all areas, under /api/v1. */
#ifndef CAMPAIGN_CAMPAIGN_API_H
#define CAMPAIGN_CAMPAIGN_API_H

#include "web/door.h"

extern const struct form campaign_list_api_form;
extern const struct form campaign_add_api_form;
extern const struct form campaign_edit_api_form;
extern const struct form campaign_steps_api_form;
extern const struct form campaign_test_api_form, campaign_score_api_form;
extern const struct form campaign_stop_contact_api_form;
extern const struct form campaign_people_api_form;

enum err campaign_list_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err campaign_add_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err campaign_find_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err campaign_edit_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err campaign_steps_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err campaign_remove_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err campaign_copy_api(struct scope *sc, struct request *q, const void *input) MUST;

enum err campaign_check_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err campaign_explain_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err campaign_score_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err campaign_test_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err campaign_launch_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err campaign_pause_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err campaign_resume_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err campaign_cancel_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err campaign_stop_contact_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err campaign_people_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err campaign_timeline_api(struct scope *sc, struct request *q, const void *input) MUST;

enum err person_find_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err person_export_api(struct scope *sc, struct request *q, const void *input) MUST;

#endif
