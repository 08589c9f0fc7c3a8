/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One line of Postfix's log. Only what says something about a mail is kept: that qmgr has it, what
 * became of it, that it left the queue. Cleanup's message-id lines prove nothing and are skipped.
 */
#ifndef LOGLINE_H
#define LOGLINE_H

#include "base/scope.h"

#define LOGLINE_MAX 8192 /* bytes of a line that are looked at */

enum logline_kind {
	LOGLINE_OTHER,
	LOGLINE_ACTIVE,   /* qmgr: from=<…> (queue active): Postfix has it for certain */
	LOGLINE_SENT,     /* the remote side took it */
	LOGLINE_DEFERRED, /* one attempt failed for now */
	LOGLINE_BOUNCED,  /* refused for good */
	LOGLINE_EXPIRED,  /* given up after too long in the queue */
	LOGLINE_REMOVED,  /* no longer in the queue */
};

struct logline {
	enum logline_kind kind;
	const char *queue_id; /* arena */
	const char *sender;   /* arena; of ACTIVE and EXPIRED */
	const char *status;   /* arena; "5.1.1", or NULL */
	int code;             /* SMTP reply of the remote side, or 0 */
	const char *text;     /* arena; valid UTF-8 of at most 512 bytes, or NULL */
};

/* A line as syslog or postlogd writes it, without its end. */
void logline_parse(struct scope *sc, const char *line, size_t len, struct logline *out);
/* The same from the journal: PROGRAM is "postfix/qmgr", MESSAGE what follows the colon. */
void logline_parse_message(struct scope *sc, const char *program, const char *message, size_t len,
	struct logline *out);

#endif
