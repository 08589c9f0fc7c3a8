/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The inbox thread's side: which mailboxes there are, and a look into one of their folders. Knows
   neither the database nor the loop. */
#ifndef MAILBOXES_H
#define MAILBOXES_H

#include "config.h"
#include "inbound.h"
#include "net/imap.h"

#define MAILBOXES_BATCH 20
/* Of each mail this much is read: headers, words and reports stand in front. */
#define MAILBOXES_MAIL (512 * 1024)

struct mailbox_key {
	const char *address, *password; /* arena */
};

/* Whose passwords are known; none where there is no file of them. */
enum err mailboxes_list(
	struct scope *sc, const struct agent_config *c, struct mailbox_key **list, size_t *n) MUST;
enum err mailboxes_open(struct scope *sc, const struct agent_config *c,
	const struct mailbox_key *key, struct imap **out) MUST;
/* The next mails behind MARK, whose address and folder are set; count 0 and its uid where it stood
   when there are none. ERR_MISSING where there is no such folder. */
enum err mailboxes_look(struct scope *sc, struct imap *imap, const struct inbound_mark *mark,
	struct inbound_batch *b) MUST;

#endif
