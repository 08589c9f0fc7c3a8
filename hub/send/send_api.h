/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Mails under /api/v1. */
#ifndef SEND_SEND_API_H
#define SEND_SEND_API_H

#include "web/door.h"

extern const struct form message_list_api_form, content_check_api_form;

route_fn message_list_api, message_api, content_check_api, content_names_api;

#endif
