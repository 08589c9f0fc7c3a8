/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What appliances say after a restore about mails that this hub has not made again yet, or holds
 * for another appliance's. Such a fact waits as a claim, and takes effect instead of a lease.
 */
#ifndef SEND_CLAIM_H
#define SEND_CLAIM_H

#include "base/scope.h"
#include "wire/wire.h"

/* A fact that moved no row. FRESH: its appliance is still being caught up; later facts only add to
   a claim that is there. *KEPT false: it means nothing. Inside db_write(). */
enum err claim_put(struct scope *sc, int64_t appliance, const struct wire_fact *f, bool fresh,
	bool *kept) MUST;
/* There may be claims of the scope's tenant. */
enum err claim_any(struct scope *sc, bool *any) MUST;
/* The due mail ID becomes what is claimed of it. *SETTLED false where nobody claims it. Inside
   db_write(). */
enum err claim_settle(struct scope *sc, int64_t id, bool *settled) MUST;

#endif
