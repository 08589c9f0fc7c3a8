/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Proof that a MailU sends: a mail from the main domain's own sender to itself goes in at the
 * submission port, through Rspamd and Postfix, and is found in its mailbox, signed by the key that
 * the domain's record shows.
 */
#ifndef MAILU_PROBE_H
#define MAILU_PROBE_H

#include "mailu/api.h"
#include "mailu/stack.h"

/* TOKENS is the file of application passwords, in which the sender's is. ERR_UPSTREAM with what did
   not work within the site's patience, ERR_AWAY where the agent stops. The mail is gone afterwards,
   from queue and mailbox. */
enum err probe_mail(struct scope *sc, const struct stack *s, const struct api *api,
	const char *domain, const char *tokens) MUST;

#endif
