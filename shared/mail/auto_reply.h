/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Whether a machine wrote a mail: its headers say so first (RFC 3834 and what came before it), then
   its subject, then its first lines. Pure. */
#ifndef MAIL_AUTO_REPLY_H
#define MAIL_AUTO_REPLY_H

#include "base/arena.h"
#include "base/str.h"

/* The value of a header, or NULL. */
typedef const char *header_of(void *arg, const char *name);

/* What says so ("Auto-Submitted: auto-replied", "subject", "text"); NULL for a person's mail.
   SUBJECT and TEXT may be NULL. */
const char *auto_reply_sign(
	struct arena *mem, header_of *header, void *arg, const char *subject, const char *text);

#endif
