/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a mail that came in means for one that went out, and the writing down of it: the fact, how
 * far the mailbox was read, and which mails were read, in one transaction, so that nothing is told
 * of twice and nothing is left out.
 */
#ifndef INBOUND_H
#define INBOUND_H

#include "box/mail.h"
#include "store/db.h"
#include "wire/wire.h"

#define INBOUND_KEPT_DAYS 90

/* One mail, as it was read. Texts live in the reader's arena. */
struct inbound {
	int64_t uid;
	const char *digest; /* SHA-256, hex */
	/* What to tell: its message is 0 where it is about none of ours. */
	struct wire_fact fact;
	struct bytes letter; /* what it says, as a wire_letter; empty where that stays here */
};

/* Mails of one folder, ascending. */
struct inbound_batch {
	const char *address, *folder;
	int64_t validity;
	int64_t uid; /* everything up to here was read */
	struct inbound *list;
	size_t count;
};

/* Where the reading of a folder stands. */
struct inbound_mark {
	const char *address, *folder;
	int64_t validity, uid;
};

/* M as a fact. A mail that could not be read is M NULL. Pure. */
struct wire_fact inbound_fact(struct scope *sc, const struct box_mail *m);
/* The words of M, of which F tells: of people's and machines' answers alone. Empty for others. */
struct bytes inbound_letter(struct scope *sc, const struct box_mail *m, const struct wire_fact *f);
enum err inbound_marks(struct scope *sc, struct inbound_mark **list, size_t *n) MUST;
/* Calls outbox_write() itself. */
enum err inbound_store(struct scope *sc, const struct inbound_batch *batch) MUST;
/* Inside db_write(): forgets what was read long ago. */
enum err inbound_tidy(struct scope *sc) MUST;

#endif
