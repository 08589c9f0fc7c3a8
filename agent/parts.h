/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Desired state: the parts the hub keeps for this appliance, each applied and reported by itself.
 * What was applied last is kept, so that a restart without the hub goes on under the same limits.
 */
#ifndef PARTS_H
#define PARTS_H

#include "store/db.h"
#include "wire/wire.h"

struct parts;

/* Applies what the database keeps. */
enum err parts_open(struct scope *sc, struct parts **out) MUST;
/* Accepts NULL. */
void parts_close(struct parts *p);

/* Whether PART says anything new: only then is a body fetched that lies elsewhere. */
bool parts_wants(const struct parts *p, const struct wire_part *part);
/* A part came, complete; body NULL when it could not be fetched. Whatever comes of it is kept, and
   is in parts_reports(). An older version than the one at hand changes nothing. *CHANGED: the state
   differs, report it. */
enum err parts_take(
	struct scope *sc, struct parts *p, const struct wire_part *part, bool *changed) MUST;

/* What became of a part that was `applying`: applied, refused, or refused and the one before
   brought back. A newer version that came meanwhile is not touched. */
enum err parts_done(struct scope *sc, struct parts *p, const char *name, int64_t version,
	enum part_state state, const char *reason) MUST;

/* For hello: versions applied; for reported: what became of each. Arena. */
size_t parts_versions(struct scope *sc, const struct parts *p, struct wire_version **list);
size_t parts_reports(struct scope *sc, const struct parts *p, struct wire_part_report **list);

#endif
