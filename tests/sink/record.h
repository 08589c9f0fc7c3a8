/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the sink received, as a file that survives it: a line a recipient, written and synced
 * before the 250 is answered. Nine columns separated by tabs:
 *
 *   what  time  message-id  recipient  sender  queue-id  size  reply  file
 *
 * what: accepted; refused, deferred, closed or dropped for the other answers (told apart from
 * accepted by readers; Message-ID and size are "-" and 0 where no data came). time: milliseconds
 * UTC. queue-id: of the Postfix that brought it, from its Received line. file: the mail's name in
 * the folder of --mails, or "-".
 */
#ifndef SINK_RECORD_H
#define SINK_RECORD_H

#include "base/scope.h"
#include "base/str.h"

struct record;

struct entry {
	const char *what; /* static */
	const char *message_id, *rcpt, *sender, *queue_id, *reply, *file;
	size_t size;
};

/* Appends to PATH. MAILS is a folder that keeps each mail as N.eml, or NULL. */
enum err record_open(
	struct scope *sc, const char *path, const char *mails, struct record **out) MUST;
void record_close(struct record *r);
/* Kept in memory until the next sync. */
void record_add(struct record *r, const struct entry *e);
/* Writes DATA into the folder of mails; its file name, or NULL without a folder. Valid until the
   next call. */
const char *record_mail(struct record *r, struct bytes data);
/* Everything added is on the disk when this returns. */
enum err record_sync(struct scope *sc, struct record *r) MUST;

/* From the head of a mail: the value of its Message-ID with its brackets, and the id in its
   topmost "Received: … (Postfix…) … id ID"; "-" where there is none. Arena texts. */
void mail_names(
	struct arena *mem, struct bytes mail, const char **message_id, const char **queue_id);

#endif
