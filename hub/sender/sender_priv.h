/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the files of hub/sender share. */
#ifndef SENDER_SENDER_PRIV_H
#define SENDER_SENDER_PRIV_H

#include "net/dns.h"
#include "sender/domain.h"

/* Inside db_write(): NAME is sc->tenant's by PROOF, unless it is another's whose proof stands in
   PROVED as well, or whom the operator gave it. PROVED NULL: by the operator's word. */
enum err domain_claim(struct scope *sc, const char *name, const char *proof,
	const struct dns_answer *proved, bool *mine) MUST;
/* *MINE: nobody else has proved it. */
enum err domain_is_claimed(struct scope *sc, const char *name, bool *mine) MUST;
enum err domain_unclaim(struct scope *sc, const char *name) MUST;
/* Inside db_write(): with its fact. PROVED is "dns", "operator" or NULL. */
enum err domain_put_state(struct scope *sc, int64_t id, const char *state, const char *proved) MUST;

#endif
