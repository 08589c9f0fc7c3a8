/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Looks into Postfix's queue. A file with mode 0700 is committed: Postfix has that mail, whatever
 * the log has not said yet. One without the x bit is still being written, or was left behind by a
 * Postfix that was killed: those lie there for days, and nobody holds their lock.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include "base/scope.h"
#include "base/str.h"

struct queue_file {
	const char *id;     /* arena */
	const char *sender; /* arena; "" when it is not readable yet */
	bool committed;
	bool abandoned;  /* neither committed nor locked by a writer; known where senders are */
	int64_t written; /* real ms, last */
};

/* All mails in incoming, active, deferred and hold, sorted by id; SENDERS also reads each one's
   envelope. ERR_AWAY when the queue cannot be read. */
enum err queue_list(struct scope *sc, const char *queue_dir, bool senders,
	struct queue_file **files, size_t *n) MUST;
/* Those that are on hold. */
enum err queue_held(
	struct scope *sc, const char *queue_dir, struct queue_file **files, size_t *n) MUST;
bool queue_has(const struct queue_file *files, size_t n, const char *id);
/* The envelope sender in the first records of a queue file; NULL when it has none (yet). */
const char *queue_sender(struct scope *sc, struct bytes head);

#endif
