/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pages of mailboxes. */
#ifndef SENDER_SENDER_PAGE_H
#define SENDER_SENDER_PAGE_H

#include "web/door.h"

extern const struct form mailbox_add_page_form, mailbox_edit_page_form;
route_fn mailboxes_page, mailbox_new_page, mailbox_add_page, mailbox_page, mailbox_edit_page;
route_fn mailbox_stop_page, mailbox_resume_page;

#endif
