/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The mails this appliance holds, keyed by message id: waiting, perhaps in Postfix, in Postfix.
 * What is over leaves the spool, but its id is remembered for thirty days, so that a repeat never
 * sends a mail twice. Everything that changes runs inside outbox_write().
 */
#ifndef SPOOL_H
#define SPOOL_H

#include "store/db.h"
#include "wire/wire.h"

enum item_state {
	ITEM_WAITING, /* released by pacing, when its time comes */
	ITEM_INTENT,  /* given to an injector: whether Postfix has it is not known yet */
	ITEM_QUEUED,  /* Postfix has it */
};

/* What is known of an id that came. */
enum taken_state {
	TAKEN_LIVE,   /* in the spool */
	TAKEN_BACK,   /* recalled: never injected under this lease */
	TAKEN_UNSENT, /* reported unsent: never injected under this lease */
	TAKEN_DONE,   /* injected, and its end reported */
};

struct spool_item {
	int64_t id, state, mailbox;
	int64_t due;       /* plan ms */
	int64_t not_after; /* real ms */
	int64_t retry_at;  /* real ms */
	int64_t tries;
	const char *recipient;
	const char *sender; /* envelope */
	int64_t intent_at;
	bool answered;
	bool blind; /* lines of the log were lost since intent_at */
	const char *queue_id;
	int64_t queued_at;
	const char *provider; /* of the recipient; "other" where nobody knows */
	bool follow_up;
	int64_t tried; /* attempts that the log told of */
	bool held;     /* put on hold in Postfix by us */
};

/* The envelope sender that belongs to one message alone: b+<id>@<domain of ADDRESS>. */
const char *spool_sender(struct scope *sc, int64_t id, const char *address);
/* The message in such a sender; 0 for any other. */
int64_t spool_sender_id(struct scope *sc, const char *sender);

/* ---- intake ---- */

struct spool_put {
	const struct wire_item *item;
	const char *refuse; /* a reason not to store it, should it be new */
};
/* Answers one put or recall; what is known already is answered alike and changes nothing.
 *STORED counts new ones up. */
enum err spool_put(struct scope *sc, const struct spool_put *put, struct wire_answer *answer,
	int64_t *stored) MUST;
/* *OPEN: nobody knows yet whether it is too late, so there is no answer. */
enum err spool_recall(struct scope *sc, const struct wire_item *item, struct wire_answer *answer,
	bool *open) MUST;

/* ---- reading ---- */

/* ERR_MISSING when the spool has no such item. */
enum err spool_find(struct scope *sc, int64_t id, struct spool_item *item) MUST;
enum err spool_find_queued(struct scope *sc, const char *queue_id, struct spool_item *item) MUST;
/* Waiting items of MAILBOX towards PROVIDER due by NOW and not put off: follow-ups first, then the
   earliest. */
enum err spool_ready(struct scope *sc, int64_t mailbox, const char *provider, size_t most,
	struct spool_item **items, size_t *n) MUST;
enum err spool_mail(struct scope *sc, int64_t id, const char **mail) MUST;
/* Per mailbox and provider, in this order: how many wait, how many of them may be looked at now,
   and when the next may. */
struct spool_head {
	int64_t mailbox;
	const char *provider;
	int64_t waiting, ready;
	int64_t next_due;   /* plan ms; 0 for none */
	int64_t next_retry; /* real ms; 0 for none */
};
enum err spool_heads(struct scope *sc, struct spool_head **heads, size_t *n) MUST;
/* Per provider: how many are, or may be, in Postfix. */
struct spool_towards {
	const char *provider;
	int64_t count;
};
enum err spool_towards(struct scope *sc, struct spool_towards **rows, size_t *n) MUST;
/* Waiting items whose time has run out by NOW, at most 500. */
enum err spool_late(struct scope *sc, struct spool_item **items, size_t *n) MUST;
/* Items in STATE, oldest first, at most MOST. */
enum err spool_list(struct scope *sc, enum item_state state, size_t most, struct spool_item **items,
	size_t *n) MUST;
enum err spool_count(struct scope *sc, enum item_state state, int64_t *n) MUST;
/* Something is, or may be, in Postfix: its log matters. */
enum err spool_is_out(struct scope *sc, bool *out) MUST;
/* What became of an id: ERR_MISSING when it never came, or long ago. */
enum err spool_taken(struct scope *sc, int64_t id, enum taken_state *state) MUST;

/* ---- changing ---- */

/* An injector gets it, unless *MOVED is false: it waits no longer. */
enum err spool_intend(struct scope *sc, int64_t id, bool *moved) MUST;
/* Postfix has it. False in *MOVED when that was known. */
enum err spool_queued(struct scope *sc, int64_t id, const char *queue_id, bool *moved) MUST;
/* Postfix does not have it: waits again, until RETRY_AT. */
enum err spool_again(struct scope *sc, int64_t id, int64_t retry_at) MUST;
/* The injection ended without an answer, or the process that began it is gone. */
enum err spool_unanswered(struct scope *sc, int64_t id, bool unanswered) MUST;
enum err spool_unanswered_all(struct scope *sc) MUST;
/* Lines of the log are lost: whatever is being handed over may have been in them. */
enum err spool_blind(struct scope *sc) MUST;
/* The real clock was set back: nothing waits longer than it would have from now. */
enum err spool_clamp(struct scope *sc, int64_t retry_ms) MUST;
/* The log told of an attempt that was not the end. */
enum err spool_tried(struct scope *sc, int64_t id) MUST;
/* It is to be held in Postfix's queue by us, or no longer is. */
enum err spool_hold(struct scope *sc, int64_t id, bool held) MUST;
/* It comes to its end while Postfix holds it: what is left there is to be released. Listed until
   that is done. */
enum err spool_loosen(struct scope *sc, const char *queue_id) MUST;
enum err spool_loose(struct scope *sc, const char ***queue_ids, size_t *n) MUST;
enum err spool_loosened(struct scope *sc, const char *queue_id) MUST;
/* Leaves the spool. *GONE false when it had left already. */
enum err spool_end(struct scope *sc, int64_t id, enum taken_state state, bool *gone) MUST;

/* ---- a database that is a copy: what it holds, others may have sent since ---- */

/* Whatever waits is to be looked for, as after a hand-over that broke off. */
enum err spool_quarantine(struct scope *sc) MUST;
/* A mail the hub knows to be here and this copy does not: looked for, too; it has no body. */
enum err spool_adopt(struct scope *sc, const struct wire_stand_item *s) MUST;
/* Its body goes: whatever is found out about it, it is never injected. */
enum err spool_disarm(struct scope *sc, int64_t id) MUST;
enum err spool_has_mail(struct scope *sc, int64_t id, bool *has) MUST;
/* No mail ever came: what went before is not known here at all. */
enum err spool_is_new(struct scope *sc, bool *is_new) MUST;
/* The ids of what waits or was being handed over, above AFTER in order, at most MOST. */
enum err spool_ids(
	struct scope *sc, int64_t after, size_t most, struct wire_held **ids, size_t *n) MUST;
/* Forgets ids of more than thirty days ago. */
enum err spool_tidy(struct scope *sc) MUST;

#endif
