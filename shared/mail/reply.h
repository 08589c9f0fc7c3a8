/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a refusal by another mail server says: about the person (the mailbox is not there), about us
 * (blocked, no reputation, no authentication), about the mail, or about the moment. Only the first
 * kind touches suppression; the second is the operator's alarm.
 */
#ifndef MAIL_REPLY_H
#define MAIL_REPLY_H

#include <stdbool.h>
#include <stdint.h>

enum reply_class {
	REPLY_OTHER,          /* refused, and nobody can say why */
	REPLY_RECIPIENT,      /* no such mailbox, or closed for good */
	REPLY_FULL,           /* the mailbox is full */
	REPLY_INFRASTRUCTURE, /* our address, domain or authentication is refused */
	REPLY_CONTENT,        /* this mail: spam, size, an attachment */
	REPLY_RATE,           /* too much, too fast: later */
	REPLY_NETWORK,        /* no route, no answer, their server is ill */
	REPLY_CLASSES,
};

/* "recipient" … as reasons of the ledger. */
const char *reply_class_name(enum reply_class c);

/* CODE is the SMTP code or 0, STATUS the enhanced one ("5.1.1") or NULL, TEXT the reply or NULL. */
enum reply_class reply_classify(int64_t code, const char *status, const char *text);

#endif
