/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A ledger row made into a complete mail: Liquid, text part, tracked links where allowed, both
 * List-Unsubscribe headers, postal address. The same row gives the same bytes, so that a repeat is
 * the same mail.
 */
#ifndef SEND_RENDER_H
#define SEND_RENDER_H

#include "base/scope.h"
#include "base/str.h"

#include "send/message.h"

/* Compiled contents, signing keys, hosts. One per process (hub->render), safe between threads. */
struct render;

struct render *render_new(void);
/* Accepts NULL. */
void render_free(struct render *r);

struct rendered {
	const char *from;    /* arena; the mailbox's address */
	const char *to;      /* arena */
	const char *subject; /* arena; decoded */
	const char *html;    /* arena; NULL for text only */
	const char *text;    /* arena */
	const char *mail;    /* arena; complete, LF line ends, 7-bit */
	size_t mail_len;
};

/* ERR_INPUT, saying why, when content or addresses do not allow a mail; ERR_MISSING when contact,
   content or mailbox is gone. */
enum err render_message(
	struct scope *sc, struct render *r, const struct message *m, struct rendered *out) MUST;
/* Whom the mails of a batch are for, read together. Mails are rendered without them, too. */
struct render_people {
	struct contact *list; /* arena */
	size_t count;
};
enum err render_people_read(
	struct scope *sc, const struct message *m, size_t n, struct render_people *out) MUST;
/* As render_message(); PEOPLE may lack the mail's. */
enum err render_message_among(struct scope *sc, struct render *r, const struct message *m,
	const struct render_people *people, struct rendered *out) MUST;
/* What CONTENT would say to CONTACT (0: sample values) from MAILBOX, without tracking. */
enum err render_preview(struct scope *sc, struct render *r, int64_t content, int64_t contact,
	int64_t mailbox, struct rendered *out) MUST;

#endif
