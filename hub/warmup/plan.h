/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Warm-up plans: those of the program, which nobody changes, and a company's own. A plan is the
 * text that pace/ramp.h reads; each save is a version that stays. Which plan warms up what is
 * chosen for the company, an appliance or a mailbox; where nothing is chosen nothing warms up.
 */
#ifndef WARMUP_PLAN_H
#define WARMUP_PLAN_H

#include "pace/ramp.h"
#include "store/db.h"

#define PLAN_BUILTIN 99   /* ids up to here are the program's own plans */
#define PLAN_TEXT    3000 /* bytes of one plan at most */
#define PLAN_MOST    200  /* of a company */

struct plan_row {
	int64_t id;
	const char *name, *title; /* arena */
	int64_t version;
	const char *state; /* arena; "active", "retired" */
	int64_t created;   /* real ms; 0 for one of the program's */
	const char *body;  /* arena; its text; of plan_find() alone */
};

bool plan_is_builtin(int64_t id);
/* The program's own first, in their order, then the company's by name; retired ones left out. */
enum err plan_list(struct scope *sc, struct plan_row **rows, size_t *n) MUST;
enum err plan_find(struct scope *sc, int64_t id, struct plan_row *out) MUST;
/* The newest first, with their texts. One of the program's has one. */
struct plan_version {
	int64_t version, created;
	const char *body; /* arena */
};
enum err plan_versions(struct scope *sc, int64_t id, struct plan_version **rows, size_t *n) MUST;
/* The one plan of BODY, checked. ERR_INPUT about "body" names the line. */
enum err plan_read(struct scope *sc, const char *body, const struct ramp_plan **plan) MUST;
/* The same of a plan that stands. */
enum err plan_ramp(struct scope *sc, int64_t id, const struct ramp_plan **plan) MUST;

/* Those that change something write by themselves, and put the part `warmup` of whom it concerns on
   the shelf. The text's first line names the plan: its name never changes, and is nobody else's. */
enum err plan_add(struct scope *sc, const char *body, int64_t *id) MUST;
/* VERSION is the one that was read: ERR_CONFLICT when there is a newer one. */
enum err plan_save(struct scope *sc, int64_t id, int64_t version, const char *body) MUST;
/* ERR_CONFLICT while something is warmed up by it. */
enum err plan_retire(struct scope *sc, int64_t id) MUST;

/* ---- which plan warms up what ---- */

enum plan_unit { PLAN_TENANT, PLAN_APPLIANCE, PLAN_MAILBOX, PLAN_UNITS };
const char *plan_unit_name(enum plan_unit u);

#define PLAN_NONE    0    /* nothing holds it: it is warm */
#define PLAN_INHERIT (-1) /* as the one above it: mailbox, appliance, company */

/* UNIT_ID 0 for the company. PLAN a plan's id or one of the two above. */
enum err plan_choose(struct scope *sc, enum plan_unit unit, int64_t unit_id, int64_t plan) MUST;
/* "none", "inherit" or a plan's id as people and programs write it. ERR_INPUT about "plan". */
enum err plan_choice_parse(struct scope *sc, const char *text, int64_t *plan) MUST;
const char *plan_choice_format(struct scope *sc, int64_t plan);
/* What was chosen for it itself; PLAN_INHERIT where nothing was. */
enum err plan_choice(struct scope *sc, enum plan_unit unit, int64_t unit_id, int64_t *plan) MUST;
/* What holds for a mailbox of APPLIANCE, or with MAILBOX 0 for the appliance itself. */
enum err plan_in_force(struct scope *sc, int64_t appliance, int64_t mailbox, int64_t *plan) MUST;

#endif
