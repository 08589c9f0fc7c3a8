/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The ledger: one row per mail, whatever it is for, from the wish to send it to its stated end.
 *
 *   due → leased → handed → queued → delivered | bounced | expired | unknown | failed
 *    ↑______|_________|                 skipped at any time before it is queued
 *
 * Facts merge by rank, in whatever order they arrive; a late bounce may follow any other end. Only
 * refused, recalled and unsent take a mail back, and only while it is not queued. The counters
 * `mail.<state>` of its campaign move in the same transaction, and so does `mail.created`, so that
 * created = the sum of all states holds at every moment.
 *
 * Functions that change rows run inside db_write() and log one `mail.*` event per change.
 */
#ifndef SEND_MESSAGE_H
#define SEND_MESSAGE_H

#include "base/scope.h"
#include "base/str.h"

#include "wire/wire.h"

enum message_state {
	MESSAGE_DUE,
	MESSAGE_LEASED,
	MESSAGE_HANDED,
	MESSAGE_QUEUED,
	MESSAGE_DELIVERED,
	MESSAGE_BOUNCED,
	MESSAGE_EXPIRED,
	MESSAGE_UNKNOWN,
	MESSAGE_SKIPPED,
	MESSAGE_FAILED,
	MESSAGE_STATES,
};
/* "due" … as stored and as counters name it ("mail.due"). */
const char *message_state_name(enum message_state s);
/* MESSAGE_STATES for a word that is none. */
enum message_state message_state_of(const char *name);
/* Not yet at an end. */
bool message_is_moving(enum message_state s);

struct message {
	int64_t id, workspace;
	const char *origin;
	const char *state;
	const char *reason;
	const char *recall;
	int64_t campaign, contact, enrolment, node, content;
	const char *rcpt;
	int64_t mailbox, appliance;
	const char *provider;
	int64_t due;            /* plan ms */
	int64_t until, sent_at; /* real ms */
	bool follow_up;
	const char *thread;
	const char *queue_id;
	int64_t code;
	const char *status;
	int64_t defers, tries;
	int64_t created, leased_at, queued_at, done_at, opened_at, clicked_at; /* real ms */
};

struct message_new {
	const char *origin; /* "step", "test" … */
	const char *key;    /* unique per tenant and origin: enrolment/node/visit of a step */
	int64_t workspace, campaign, contact, enrolment, node, content;
	const char *rcpt;   /* goes there instead of to the contact (test, notice); or NULL */
	int64_t mailbox;    /* must go from this one; 0 lets dispatch choose among the campaign's */
	bool follow_up;     /* goes before first mails; its mailbox never changes */
	const char *thread; /* Message-ID it answers, or NULL */
	struct plan due;
};

/* The mail named by (tenant, origin, key). One that exists already is left as it is. */
enum err message_create(struct scope *sc, const struct message_new *m, int64_t *id) MUST;
enum err message_find(struct scope *sc, int64_t id, struct message *out) MUST;

/* Newest first within the filter; campaign, contact and state 0/NULL mean any (one of the first two
   is needed). AFTER is the id the last page ended with, 0 at the start. */
struct message_filter {
	int64_t campaign, contact;
	const char *state;
	int64_t after;
	int limit;
};
enum err message_list(
	struct scope *sc, const struct message_filter *f, struct message **rows, size_t *n) MUST;

/* How many of a campaign's mails are in each state, counted from the rows (the counters say the
   same at less cost: tally_list(sc, "campaign", id)). */
struct message_counts {
	int64_t of[MESSAGE_STATES];
	int64_t created, moving;
};
enum err message_counts(struct scope *sc, int64_t campaign, struct message_counts *out) MUST;

/* Message-ID without angle brackets: msg_…@DOMAIN of the sending mailbox. */
const char *message_rfc_id(struct scope *sc, int64_t id, const char *domain);

/* ---- what dispatch does ---- */

struct message_lease {
	int64_t id, mailbox, appliance;
	const char *provider;
	struct real until; /* not_after; made to grow with each lease of the same mail */
};
/* False in *LEASED when it is not due any more. */
enum err message_lease(struct scope *sc, const struct message_lease *l, bool *leased) MUST;
/* Ends it before it was queued. REASON: "suppressed", "unsubscribed", "bounced", "erased",
   "smtputf8", "cancelled", "stopped" … Only due mails; others are recalled. */
enum err message_skip(struct scope *sc, int64_t id, const char *reason) MUST;

/* ---- what an appliance answers and reports ---- */

/* Answers to a batch of work. BATCH is the real ms it was published at, so that an answer to an
   earlier lease is known for what it is. A refused mail gives its unit of credit back. */
enum err message_taken(struct scope *sc, int64_t appliance, const struct wire_taken *t) MUST;
/* One fact about a mail, in the transaction that moves uplink.next. It is logged whether it moves
   the row or not; another appliance's mail is not touched, but one that is due and nobody's is: a
   hub restored from a copy learns so what was sent meanwhile. FRESH while that appliance is being
   caught up (fleet/catch_up.h): then it may claim mails that are unknown here. Facts without a mail
   are not for here. */
enum err message_fact(
	struct scope *sc, int64_t appliance, const struct wire_fact *f, bool fresh) MUST;
/* The same for each of LIST, which all name a mail; those of one mail in their order. */
enum err message_fact_list(struct scope *sc, int64_t appliance, const struct wire_fact *list,
	size_t n, bool fresh) MUST;
/* The operator gave the appliance up: what it may have sent is unknown(appliance_lost), what was
   never published to it is due again. */
enum err message_lost(struct scope *sc, int64_t appliance) MUST;

/* ---- taking back ---- */

enum recall_of {
	RECALL_CAMPAIGN,
	RECALL_ENROLMENT,
	RECALL_CONTACT,
	RECALL_APPLIANCE,
	RECALL_TENANT, /* ID is not looked at */
};
/*
 * Wants everything of ID back that is not queued yet. With the reasons "paused" and "stopped" mails
 * return to due and wait there; with any other ("cancelled", "unsubscribed", "replied", "erased",
 * "hand" …) they end as skipped(reason), due ones at once, leased and handed ones when the
 * appliance answers `recalled`. *N, where not NULL, counts mails ended or asked for.
 */
enum err message_recall(
	struct scope *sc, enum recall_of of, int64_t id, const char *reason, int64_t *n) MUST;

/* ---- why it waits ---- */

struct message_why {
	const char *rule; /* static; "due", "paused", "stopped", "no_mailbox", "away", "held",
			     "credit", "cap", "recall", "answer", "pacing", "queue", "done" */
	const char *text; /* arena; a sentence in the reader's language */
	const char *by; /* static; who set it: "campaign", "tenant", "operator", "appliance" … */
	int64_t lifts;  /* plan ms when it lifts; 0 when nobody knows */
};
enum err message_explain(struct scope *sc, int64_t id, struct message_why *why) MUST;

#endif
