/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the senders' pages draw; between sender_page.c and sender.tmpl. */
#ifndef SENDER_SENDER_HTML_H
#define SENDER_SENDER_HTML_H

#include "fleet/appliance.h"
#include "sender/domain.h"
#include "sender/mailbox.h"
#include "web/door.h"
#include "web/part.h"

struct mailboxes_view {
	const struct request *q;
	const struct mailbox *rows;
	size_t n;
	const struct appliance *appliances;
	size_t appliance_count;
	bool has_domain;
};
void mailboxes_html(struct scope *sc, struct out *o, const struct mailboxes_view *v);

struct mailbox_view {
	const struct request *q;
	const struct mailbox *m; /* NULL for a new one */
	const char *id;
	const struct appliance *appliances;
	size_t appliance_count;
	const struct domain *domains;
	size_t domain_count;
};
void mailbox_html(struct scope *sc, struct out *o, const struct mailbox_view *v);

#endif
