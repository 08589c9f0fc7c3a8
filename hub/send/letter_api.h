/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Answers: the door that machines bring their words to, and the API that shows them. */
#ifndef SEND_LETTER_API_H
#define SEND_LETTER_API_H

#include "send/letter.h"
#include "web/door.h"

extern const struct form letter_put_form, letter_list_api_form;

route_fn letter_put_api, letter_campaign_api, letter_contact_api;

/* As a JSON object: whose it is, when it came, and WORDS where they are known. */
void letter_put(struct out *o, const struct letter *l, const struct wire_letter *words);

#endif
