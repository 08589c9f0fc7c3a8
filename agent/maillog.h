/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Postfix's log, from a file or the journal, as parsed lines with one durable cursor. */
#ifndef MAILLOG_H
#define MAILLOG_H

#include "logline.h"

struct agent_config;
struct maillog;

/* Goes on from the kept cursor; the end of the log when there is none. MAILU: that of its Postfix,
   instead of the configured one. Where the cursor is of the other one, lines were lost. */
enum err maillog_open(
	struct scope *sc, const struct agent_config *c, bool mailu, struct maillog **out) MUST;
/* Accepts NULL. */
void maillog_close(struct maillog *m);
bool maillog_is_mailu(const struct maillog *m);

struct maillog_read {
	struct logline *lines; /* arena; only those that say something about a mail */
	size_t count;
	const char *cursor; /* arena; NULL when it has not moved */
	bool broken;        /* lines were lost before these */
	bool at_end;        /* nothing more was there */
};
/* The same lines again, until maillog_keep(). */
enum err maillog_read(struct scope *sc, struct maillog *m, struct maillog_read *r) MUST;
/* Inside the write that applies the lines: the cursor, and that the log broke. */
enum err maillog_store(struct scope *sc, const struct maillog_read *r) MUST;
/* That write is committed. */
void maillog_keep(struct maillog *m);

#endif
