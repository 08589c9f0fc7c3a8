/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The connection of an appliance, in one engine row that is known before a tenant is: which epoch
 * and sequence number its facts have reached, how much work it may get, when it was heard of, what
 * is to be published and when. Every rule between two hubs is a condition on this row.
 */
#ifndef FLEET_UPLINK_H
#define FLEET_UPLINK_H

#include "store/db.h"
#include "wire/wire.h"

/* Stands in an ack for an outbox that was never heard of: nobody's, so it is answered by hello. */
#define UPLINK_NO_EPOCH INT64_C(1)

struct uplink {
	int64_t appliance, tenant;
	int64_t epoch; /* 0 before the first hello */
	int64_t next;  /* sequence number expected next */
	int64_t credit, spent;
	int64_t conn, held, stopped;
	const char *cert_serial;
	int64_t cert_until, revoked_at, seen_at;
};

/* ERR_MISSING when there is no such appliance. */
enum err uplink_find(struct scope *sc, int64_t appliance, struct uplink *u) MUST;

/*
 * hello, inside db_write(). The same epoch: the connection number moves on, and what the hub has
 * stored stays. A new epoch starts at first_kept with no credit and nothing spent; when the hub had
 * an older one the event appliance.epoch is added. A first_kept beyond what the hub expects is a
 * hole that cannot be filled: a gap event, and next moves on. *MARK is what to acknowledge.
 * ERR_CONFLICT, and the appliance is held, for an epoch that replaces none or another one than that
 * which stands: commit, and answer with the one that does.
 */
enum err uplink_hello(
	struct scope *sc, int64_t appliance, const struct wire_hello *m, int64_t *mark) MUST;

/*
 * The first statement of an event batch's transaction. *FROM is the first sequence number not yet
 * stored (within first..last); *FROM > last when all is stored already. ERR_CONFLICT when the epoch
 * is not the row's or the batch begins beyond what is expected: store nothing, acknowledge *MARK.
 * *MARK is what to acknowledge after the commit.
 */
enum err uplink_advance(struct scope *sc, int64_t appliance, int64_t epoch, int64_t first,
	int64_t last, int64_t *from, int64_t *mark) MUST;
/* Later in that transaction: of the batch only what MARK names last was stored. */
enum err uplink_stop_at(struct scope *sc, int64_t appliance, int64_t epoch, int64_t mark) MUST;

/* The appliance has stored TAKEN since EPOCH began and takes ROOM more. Within an epoch the credit
   only grows. Ignored for another epoch. Inside db_write(). */
enum err uplink_credit(
	struct scope *sc, int64_t appliance, int64_t epoch, int64_t taken, int64_t room) MUST;
/* It holds its intake (says its health), or takes work again. Inside db_write(). */
enum err uplink_hold(struct scope *sc, int64_t appliance, bool held) MUST;
/*
 * Takes N units for messages leased in this very transaction, and asks the bus to publish.
 * ERR_LIMIT when there is no credit left, the appliance is held, revoked or silent, or it, its
 * tenant or the fleet is stopped. Inside db_write().
 */
enum err uplink_spend(struct scope *sc, int64_t appliance, int64_t n) MUST;
/* Units left now for dispatch to plan with: 0 where uplink_spend would refuse. */
enum err uplink_room(struct scope *sc, int64_t appliance, int64_t *units) MUST;
/* A message leased to it was refused: its unit comes back. Inside db_write(). */
enum err uplink_give_back(struct scope *sc, int64_t appliance, int64_t n) MUST;
/* Messages of this appliance are to be published (leased, or wanted back). Inside db_write(). */
enum err uplink_work_due(struct scope *sc, int64_t appliance) MUST;

/* Others refused the appliance (of the scope's tenant) at AT, real ms. *ALARM: say so; not again
   within UPLINK_ALARM_MS. Inside db_write(). */
#define UPLINK_ALARM_MS HOUR_MS
enum err uplink_blocked(struct scope *sc, int64_t appliance, int64_t at, bool *alarm) MUST;

/* Its certificate and everything it says are worth nothing from now on. Inside db_write(). */
enum err uplink_revoke(struct scope *sc, int64_t appliance) MUST;
/* Serials of revoked certificates that have not run out. */
enum err uplink_revoked(struct scope *sc, const char ***serials, size_t *n) MUST;

#endif
