/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The way back of a database that is a copy of an older one, or was made anew in its place. Others
 * have acted since; so it takes a new epoch, looks at every mail it holds as at one whose hand-over
 * broke off, and asks the hub page by page where these stand and what else is thought to be here.
 * What is accounted for goes; the rest is looked for in Postfix's log and queue, and what is in
 * neither waits again. Until all is settled nothing is taken, answered or injected.
 */
#ifndef RESTORE_H
#define RESTORE_H

#include "store/db.h"
#include "wire/wire.h"

enum restore_phase {
	RESTORE_NONE,
	RESTORE_ASKING,  /* the hub is to say where mails stand */
	RESTORE_SORTING, /* log and queue are to say the rest */
};

struct restore;

/* Goes on where the last process stopped. */
enum err restore_open(struct scope *sc, struct restore **out) MUST;
/* Accepts NULL. */
void restore_close(struct restore *r);
/* Accepts NULL. */
enum restore_phase restore_phase(const struct restore *r);

/* Begins, in place of the epoch REPLACES, which stands at the hub; of this database's own facts the
   hub has stored those up to STORED. */
enum err restore_begin(struct scope *sc, int64_t replaces, int64_t stored) MUST;
/* The next question, while the hub is to be asked. */
enum err restore_question(struct scope *sc, struct wire_spool *m) MUST;
/* The hub's answer, applied at once. One to another question changes nothing. *MORE: ask on. */
enum err restore_answer(struct scope *sc, const struct wire_stand *m, bool *more) MUST;

/* Inside outbox_write(): the log says that Postfix took the mail ID. */
enum err restore_seen(struct scope *sc, int64_t id) MUST;
/* Inside outbox_write(), lines applied. A log that lacks what the hub knows came into Postfix is a
   copy as well: what it does not say proves nothing. */
enum err restore_judge(struct scope *sc, bool log_at_end) MUST;
/* Ends it when nothing is left to be looked for. */
enum err restore_end(struct scope *sc, bool log_at_end) MUST;

#endif
