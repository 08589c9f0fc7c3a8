/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The shelf of parts: what an appliance shall look like, by named parts, and what it reports of
 * each. Areas write parts by calling part_put(); the bus sends what is newer than reported.
 */
#ifndef FLEET_PART_H
#define FLEET_PART_H

#include "store/db.h"
#include "wire/wire.h"

#define PART_LINK        "link"
#define PART_CONTROL     "control"
#define PART_MAILBOXES   "mailboxes"
#define PART_MAILU       "mailu"
#define PART_ACCOUNTS    "accounts"
#define PART_SUPPRESSION "suppression"
#define PART_SEGMENTS    "suppression." /* and a number */

/* Inside db_write(). The desired BODY (JSON text of the part's own struct, from its wire encoder).
   The version grows by one only when the body differs from what stands. ERR_MISSING for a foreign
   appliance. */
enum err part_put(struct scope *sc, int64_t appliance, const char *name, struct bytes body) MUST;

struct part_row {
	const char *name;
	int64_t version;   /* desired */
	int64_t applied;   /* newest version applied */
	int64_t reported;  /* the version that state speaks of */
	const char *state; /* none, applying, applied, error, reverted */
	const char *reason;
	int64_t changed_at, sent_at;
};
/* Desired beside reported, by name. */
enum err part_list(struct scope *sc, int64_t appliance, struct part_row **rows, size_t *n) MUST;

struct part_due {
	const char *name, *hash, *body;
	int64_t version;
};
/* Those whose desired version is neither applied nor reported, not published within the last
   10 s, a handful at a time; marks them as published now. Inside db_write(). */
enum err part_take_due(struct scope *sc, int64_t appliance, struct part_due **rows, size_t *n) MUST;
/* What the appliance has after connecting: versions it names are what it has stored. Inside
   db_write(). */
enum err part_known(
	struct scope *sc, int64_t appliance, const struct wire_version *list, size_t n) MUST;
/* What it reports. Unknown names are ignored. Inside db_write(). */
enum err part_reported(
	struct scope *sc, int64_t appliance, const struct wire_part_report *list, size_t n) MUST;

#endif
