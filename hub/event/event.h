/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The event log: what happened, appended once, never changed, gapless per slot. Ids, kinds, codes
 * and numbers only; what names a person goes to the sealed side row `detail`.
 *
 * Facts are collected in the scope while a write runs and appended as its last step before the
 * commit (event_flush, which the store calls): positions are taken then, slots in ascending order,
 * so a cursor over a slot never misses a late commit. Counters (tally) are added up the same way.
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include "store/db.h"

struct hub;
struct json;

/* Kinds are `noun.verb`, each a row of event/kind.c. */
struct event {
	const char *kind;   /* static or arena */
	int64_t subject;    /* id of what it is about */
	int64_t workspace;  /* 0 where none */
	int64_t at;         /* real ms; 0 takes now */
	const char *data;   /* arena; JSON object of ids, kinds, codes, numbers; NULL for none */
	const char *detail; /* arena; text that may name a person, sealed apart; NULL for none */
	int64_t contact;    /* whom the detail names, for erasure; or 0 */
};

/* Inside db_write() of a tenant's scope only; the actor is the scope's. */
void event_add(struct scope *sc, const struct event *e);
/* As event_add() with data built from a printf format. */
void event_addf(struct scope *sc, const char *kind, int64_t subject, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Adds N (may be negative) to a counter, in the same commit. */
void tally_add(struct scope *sc, const char *dim, int64_t key, const char *kind, int64_t n);
/* The same for one plan day. */
void tally_add_day(
	struct scope *sc, const char *dim, int64_t key, int64_t day, const char *kind, int64_t n);

struct tally_row {
	const char *kind;
	int64_t n;
};
/* Totals of one thing, sorted by kind. */
enum err tally_list(
	struct scope *sc, const char *dim, int64_t key, struct tally_row **rows, size_t *n) MUST;
int64_t tally_of(const struct tally_row *rows, size_t n, const char *kind);

/* Of one plan day. */
enum err tally_list_day(struct scope *sc, const char *dim, int64_t key, int64_t day,
	struct tally_row **rows, size_t *n) MUST;

/* For store_config.flush. */
enum err event_flush(struct scope *sc) MUST;
/* The slot a new tenant's events go to. */
enum err event_slot_new(struct scope *sc, int64_t *slot) MUST;

struct event_row {
	int64_t tenant, slot, pos, at, subject, workspace, actor_kind, actor, via, v;
	const char *kind;
	const char *data;
	const struct json *parsed; /* arena; of a follower's rows */
};
/* ROW's data, NULL where there is none or it is no JSON: a follower's was parsed before the write.
 */
const struct json *event_data(struct scope *sc, const struct event_row *row);
/* The newest first, of one subject; BEFORE is the pos of the last one seen, 0 starts at the newest.
   Details are opened into *DETAILS (arena array of text or NULL) where DETAILS is not NULL. */
enum err event_timeline(struct scope *sc, int64_t subject, int64_t before, int limit,
	struct event_row **rows, const char ***details, size_t *n) MUST;

/* Opens the details of ROWS into an arena array of text or NULL, in their order. */
enum err event_details(
	struct scope *sc, const struct event_row *rows, size_t n, const char ***details) MUST;
/* Inside db_write(): the details that name CONTACT, and those of facts about SUBJECT, go. */
enum err event_forget_contact(struct scope *sc, int64_t contact) MUST;
enum err event_forget_subject(struct scope *sc, int64_t subject) MUST;

/* ---- followers ---- */

/*
 * A follower reads the log by a durable cursor per slot, which is also the lease by which two hubs
 * share the work. Its effect and the cursor's move are one transaction, so a second runner rolls
 * back. APPLY gets a batch of one slot in order, of all tenants; it uses scope_open_for()-like
 * sc->tenant switching: for each run of equal tenants SC->tenant is set before APPLY is called.
 */
struct follower {
	const char *name; /* static; the cursor's key */
	const char *const
		*kinds; /* static, NULL-terminated; NULL for all. A trailing '*' matches a prefix */
	enum err (*apply)(struct scope *sc, const struct event_row *rows, size_t n);
};

struct follow; /* the running threads */

/* Starts one thread that runs every follower of LIST (ended by a NULL name) as soon as there are
   facts, and at least every second. */
enum err follow_start(struct hub *hub, const struct follower *list, struct follow **out) MUST;
/* New facts may be there: called after a commit in this process. Safe from any thread. */
void follow_poke(struct follow *f);
/* Ends the batch in hand, then stops. Accepts NULL. */
void follow_stop(struct follow *f);
/* One round of one follower here and now: tests. *DONE counts events applied. */
enum err follow_once(struct scope *sc, const struct follower *f, int *done) MUST;

#endif
