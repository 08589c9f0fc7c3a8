/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a machine with a mail server of its own looks after, and how each thing is: as it says. */
#ifndef FLEET_CHECK_H
#define FLEET_CHECK_H

#include "store/db.h"
#include "wire/wire.h"

struct machine_check {
	const char *name;   /* "smtp", "disk", "queue.age" … */
	const char *state;  /* "ok", "degraded", "held" */
	const char *reason; /* of a state that is not ok, or NULL */
	int64_t since;      /* real ms, the machine's clock */
};

/* Inside db_write(): all of them as APPLIANCE says now. Adds appliance.check for each whose state
   differs from before; that all is well is no news of a new one. */
enum err check_put(
	struct scope *sc, int64_t appliance, const struct wire_check *list, size_t n) MUST;
/* In the machine's order. */
enum err check_list(
	struct scope *sc, int64_t appliance, struct machine_check **rows, size_t *n) MUST;

/* What an agent gave as a reason, in the scope's language; as it came where it is none of the
   sentences that are known. Accepts NULL. */
const char *check_reason(struct scope *sc, const char *reason);

#endif
