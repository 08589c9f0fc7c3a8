/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the files of the ledger share: ranks, the row a move returns, and its bookkeeping. */
#ifndef SEND_MESSAGE_PRIV_H
#define SEND_MESSAGE_PRIV_H

#include "store/db.h"

#include "send/message.h"

/* What a statement that moves rows returns of each: enough for counters and the log. */
struct moved {
	int64_t id, workspace, campaign, contact, enrolment, node, mailbox, appliance;
	const char *was; /* the state before */
	int64_t code;
	const char *status, *reason;
};
#define MOVED                                                                                      \
	"id, workspace, campaign, contact, enrolment, node, mailbox, appliance, was, code, "       \
	"status, reason"
extern const struct shape moved_shape;

/* What else the log should know of a move. */
struct move_note {
	int64_t at;        /* real ms; 0 now */
	int64_t appliance; /* who said so, or 0: the row's own */
	const char *queue_id;
	const char *hash;   /* of the mail that says so */
	const char *object; /* of its words, which may follow */
	const char *detail; /* may name a person; sealed apart */
};

enum message_rank {
	RANK_DUE = 0,
	RANK_LEASED = 1,
	RANK_HANDED = 2,
	RANK_QUEUED = 3,
	RANK_ENDED = 10,
	RANK_BOUNCED = 11, /* a late bounce may follow any other end */
};
int64_t message_rank(enum message_state s);

/* An answer or a complaint, which leaves the mail's state as it is. ERR_MISSING for another
 * appliance's mail, or one that so many are known of already. */
enum err message_inbound(struct scope *sc, int64_t appliance, const struct wire_fact *f) MUST;

/* Where a fact leads: MESSAGE_STATES for one that moves no mail. */
enum message_state fact_state(enum fact kind);
/* The ledger's word for an end, or NULL. */
const char *fact_reason(enum message_state to, const struct wire_fact *f);
/* The mailbox a fact names; 0 for none. */
int64_t fact_mailbox(struct scope *sc, const struct wire_fact *f);

/* Counters and one event `mail.<KIND>` for a row that moved to TO. KIND NULL is TO's name. */
void message_moved(struct scope *sc, const struct moved *m, enum message_state to, const char *kind,
	const struct move_note *note);
/* The event alone. */
void message_log(
	struct scope *sc, const struct moved *m, const char *kind, const struct move_note *note);
/* Back to due (or to skipped, where it was wanted back for good) from leased or handed. BATCH: only
   the lease that was known then; INT64_MAX for any. *LANDED is MESSAGE_STATES when nothing moved.
 */
enum err message_return(struct scope *sc, int64_t id, int64_t appliance, int64_t batch,
	const char *kind, enum message_state *landed) MUST;
/* The tenant has mail due at DUE (plan ms). */
enum err message_turn(struct scope *sc, int64_t due) MUST;
/* Reasons with which a recalled mail goes back to due and waits. */
#define RECALL_KEEPS "('paused', 'stopped')"

struct mailbox;
struct message_why;
/* *FOUND: a lane on the way of a mail from B to PROVIDER (NULL: not known yet) holds it. */
enum err explain_lane(struct scope *sc, const struct mailbox *b, const char *provider,
	struct message_why *why, bool *found) MUST;
/* Who keeps the recipient's mailbox, as dispatch will take it. */
enum err explain_provider(struct scope *sc, const struct message *m, const char **provider) MUST;
/* *FOUND: one of these lanes takes no more mails within SPAN_MS of plan time: the mail stays here.
 */
enum err explain_room(struct scope *sc, const struct mailbox *b, const char *provider,
	int64_t span_ms, struct message_why *why, bool *found) MUST;

#endif
