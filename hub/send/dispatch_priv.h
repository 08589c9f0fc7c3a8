/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The two halves of a turn: what should go from where (dispatch_plan.c), and the write that makes
   it so under the turn's fence (dispatch.c). */
#ifndef SEND_DISPATCH_PRIV_H
#define SEND_DISPATCH_PRIV_H

#include "send/dispatch.h"
#include "send/message.h"

struct planned {
	struct message_lease lease; /* of a mail that goes */
	const char *skip;           /* arena; why it does not, or NULL */
	bool later;                 /* it cannot go for a while: looked at later */
	int64_t lifts; /* where a lane holds it: plan ms of its end, or PACE_NEVER; else 0 */
};

struct turn_plan {
	struct planned *list; /* arena */
	size_t count;
	int leases;
};

#define DISPATCH_LEASE_MS (2 * HOUR_MS)
#define DISPATCH_BATCH    500

/* What of SC's tenant may be leased now, at most BATCH mails. Reads only. */
enum err turn_plan(struct scope *sc, int64_t lease_ms, int batch, struct turn_plan *out) MUST;

/* A turn that was taken: nobody else writes for its tenant while the fence stands. */
struct turn {
	const struct dispatch_config *config;
	const char *owner;
	int64_t tenant, fence;
	struct turn_plan plan;
	int leased, skipped;
	bool claims; /* some of the tenant's mails may be claimed (send/claim.h) */
};
/* *TAKEN false: nobody's turn, or another hub was faster. */
enum err turn_take(struct scope *sc, struct turn *t, bool *taken) MUST;
/* The plan's skips and leases. ERR_CONFLICT, and nothing written, when the turn is another hub's by
   now: one that slept beyond its lease. */
enum err turn_write(struct scope *sc, struct turn *t) MUST;

#endif
