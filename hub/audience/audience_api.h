/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Contacts, imports and suppression under /api/v1. One contact with its timeline and its file is
   campaign/person_api.h: they tell of areas to the right. */
#ifndef AUDIENCE_AUDIENCE_API_H
#define AUDIENCE_AUDIENCE_API_H

#include "audience/contact.h"
#include "web/door.h"

extern const struct form contact_list_api_form;
extern const struct form contact_add_api_form;
extern const struct form contact_edit_api_form;
extern const struct form import_list_api_form;
extern const struct form import_add_api_form;
extern const struct form import_errors_api_form;
extern const struct form suppression_list_api_form;
extern const struct form suppression_add_api_form;
extern const struct form suppression_remove_api_form;

enum err contact_list_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err contact_add_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err contact_edit_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err contact_stop_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err contact_resume_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err contact_erase_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err import_list_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err import_add_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err import_find_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err import_errors_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err suppression_list_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err suppression_add_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err suppression_remove_api(struct scope *sc, struct request *q, const void *input) MUST;

/* The members of a contact, into the open object; own fields only where VALUES is not NULL. */
void contact_put(
	struct out *o, const struct contact *c, const struct contact_value *values, size_t n);

#endif
