/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pages of domains and mailboxes. */
#ifndef SENDER_SENDER_PAGE_H
#define SENDER_SENDER_PAGE_H

#include "web/door.h"

extern const struct form track_host_page_form, domain_add_page_form, mailbox_add_page_form,
	mailbox_edit_page_form;
route_fn domains_page, domain_new_page, domain_add_page, domain_verify_page, domain_stop_page;
route_fn track_host_add_page, track_host_verify_page, track_host_remove_page;
route_fn mailboxes_page, mailbox_new_page, mailbox_add_page, mailbox_page, mailbox_edit_page;
route_fn mailbox_stop_page, mailbox_resume_page;

#endif
