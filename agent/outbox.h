/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Facts on their way up. A fact is written in the transaction of the state it describes and gets
 * the next sequence number of the epoch; a batch goes out when the one before is acknowledged, on
 * reconnect, and again after five seconds of silence. Acknowledged facts are kept for seven days,
 * because an acknowledgement may go back: a hub restored from a copy asks again.
 */
#ifndef OUTBOX_H
#define OUTBOX_H

#include "store/db.h"
#include "wire/wire.h"

#define OUTBOX_SILENCE_MS (5 * SECOND_MS)
#define OUTBOX_KEPT_HOURS (7 * 24)

struct outbox;

/* Reads where it stands. The database is migrated and its epoch made. */
enum err outbox_open(struct scope *sc, struct outbox **out) MUST;
/* Accepts NULL. */
void outbox_close(struct outbox *o);

int64_t outbox_epoch(const struct outbox *o);
int64_t outbox_next(const struct outbox *o);
/* The hub has everything up to here. */
int64_t outbox_acked(const struct outbox *o);
/* Facts not yet acknowledged. */
int64_t outbox_waiting(const struct outbox *o);
/* The lowest number still kept; next when there is none. */
enum err outbox_first_kept(struct scope *sc, const struct outbox *o, int64_t *seq) MUST;

/* db_write() for whatever adds facts: numbers taken by a write that failed are free again. */
enum err outbox_write(struct scope *sc, db_write_fn *fn, void *arg) MUST;
/* Inside outbox_write(). Number and, where it is 0, time are set here. TEXT is cut to what the
   wire carries. */
enum err outbox_add(struct scope *sc, const struct wire_fact *f) MUST;

/* The link is up: whatever was published before may be lost. */
void outbox_restart(struct outbox *o);
/* The next batch when one is due; count 0 when none is. It counts as published. */
enum err outbox_batch(struct scope *sc, struct outbox *o, struct wire_events *batch) MUST;
enum outbox_ack { OUTBOX_ACK_TAKEN, OUTBOX_ACK_FOREIGN, OUTBOX_ACK_TOO_OLD, OUTBOX_ACK_AHEAD };
/* FOREIGN: of another epoch, nothing changes. TOO_OLD: facts are wanted that are no longer kept;
   say hello again. AHEAD: the hub knows facts of this epoch that this outbox never wrote. */
enum err outbox_ack(struct scope *sc, struct outbox *o, const struct wire_ack *ack,
	enum outbox_ack *answer) MUST;
/*
 * Begins a new epoch in place of REPLACES, for a database that turned out to be a copy: facts of
 * the old one up to STORED are dropped, the rest is numbered anew and goes up again. MORE runs in
 * the same write.
 */
enum err outbox_renew(
	struct scope *sc, int64_t replaces, int64_t stored, db_write_fn *more, void *arg) MUST;
/* The epoch that this one replaces, 0 for none. */
int64_t outbox_replaces(const struct outbox *o);
/* Once a minute: keeps the mark, forgets what is old. */
enum err outbox_tidy(struct scope *sc, struct outbox *o) MUST;

/* Facts about one message that are still kept, oldest first. */
enum err outbox_history(
	struct scope *sc, int64_t message, struct wire_fact **facts, size_t *n) MUST;

#endif
