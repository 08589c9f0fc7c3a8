/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Mailboxes under /api/v1. */
#ifndef SENDER_SENDER_API_H
#define SENDER_SENDER_API_H

#include "web/door.h"

extern const struct form mailbox_add_api_form;
extern const struct form mailbox_edit_api_form;

enum err mailbox_list_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err mailbox_add_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err mailbox_find_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err mailbox_edit_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err mailbox_stop_api(struct scope *sc, struct request *q, const void *input) MUST;
enum err mailbox_resume_api(struct scope *sc, struct request *q, const void *input) MUST;

#endif
