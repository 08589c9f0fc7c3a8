/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* DNS records that appliances ask for, as they report them, and what was seen of them in the DNS.
 */
#ifndef FLEET_WANTED_H
#define FLEET_WANTED_H

#include "store/db.h"
#include "wire/wire.h"

struct wanted {
	int64_t appliance;
	const char *zone;   /* the domain it is for */
	const char *name;   /* without a final dot */
	const char *type;   /* "MX", "TXT" … */
	const char *value;  /* as a zone takes it: a text in quoted strings of at most 255 bytes */
	const char *state;  /* "unchecked", "good", "missing", "wrong", "unclear" */
	const char *reason; /* catalogue key of why it is not good, or "" */
	const char *found;  /* a line each */
	int64_t checked_at; /* real ms of the last answer that counted; 0: none yet */
	int64_t since;      /* real ms since when it has this state */
};

/* Inside db_write(): all that APPLIANCE asks for now. What was asked for before keeps its state.
   Adds appliance.records when anything differs. */
enum err wanted_put(
	struct scope *sc, int64_t appliance, const struct wire_record *list, size_t n) MUST;
/* Inside db_write(): it asks for nothing any more. */
enum err wanted_drop(struct scope *sc, int64_t appliance) MUST;
/* For a domain, of all appliances that are there; each one's in its own order. */
enum err wanted_list_zone(struct scope *sc, const char *zone, struct wanted **rows, size_t *n) MUST;
enum err wanted_list(struct scope *sc, int64_t appliance, struct wanted **rows, size_t *n) MUST;
/* Inside db_write(): keeps state, reason and found of W as seen now. What nobody answered leaves
   state and found as they were. */
enum err wanted_seen(struct scope *sc, const struct wanted *w) MUST;

/* Its text without quotes, strings joined; of anything but a TXT the value itself. */
const char *wanted_text(struct scope *sc, const struct wanted *w);
bool wanted_is_dkim(const struct wanted *w);

#endif
