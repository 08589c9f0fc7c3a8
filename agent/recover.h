/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What became of a mail whose injection broke off: before the answer, or with the process itself.
 * Only a qmgr line or a committed queue file with its sender proves that Postfix has it. No proof
 * and a log without a hole: Postfix does not have it, send again. A log that broke: nobody can
 * say, and it is never sent again.
 */
#ifndef RECOVER_H
#define RECOVER_H

#include "store/db.h"

enum recover_queue {
	RECOVER_ABSENT,     /* no file of this sender */
	RECOVER_UNFINISHED, /* one is being written, or may be of this sender */
	RECOVER_COMMITTED,  /* one is there for good */
	RECOVER_UNREADABLE, /* we may not look */
};

struct recover_case {
	enum recover_queue queue; /* looked at before the log was read to its end */
	bool log_at_end;
	bool log_broken;   /* since the intent */
	bool postfix_up;   /* it answers, so qmgr has read its queue */
	int64_t waited_ms; /* since nobody works on it */
	int64_t patience_ms;
};

enum recover_verdict {
	RECOVER_WAIT,
	RECOVER_QUEUED,
	RECOVER_AGAIN,
	RECOVER_UNKNOWN,
};

enum recover_verdict recover_decide(const struct recover_case *c);

/* What the queue held, for each mail to decide on, before the log is read to its end. */
struct recover_look;
/* *LOOK is NULL when there is nothing to decide now. Arena. */
enum err recover_look(struct scope *sc, struct recover_look **look) MUST;
/* Inside outbox_write(), once the lines read after the look are applied. LOOK may be NULL. */
enum err recover_settle(struct scope *sc, const struct recover_look *look, bool log_at_end) MUST;

/*
 * Mails that Postfix had, but that are in its queue no longer though the log has said no end: after
 * two looks, lying patience apart, they become unknown. In two steps like the above.
 */
struct recover_lost;
enum err recover_look_lost(struct scope *sc, struct recover_lost **lost) MUST;
enum err recover_settle_lost(
	struct scope *sc, const struct recover_lost *lost, bool log_at_end) MUST;

#endif
