/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Lanes as their appliances tell of them: where each stands in its plan, what it sent, what came
 * back and what was decided. A lane is the address of an appliance ("ip"), that address towards one
 * provider ("provider"), or a mailbox. Days and times are of the plan.
 */
#ifndef WARMUP_LANE_H
#define WARMUP_LANE_H

#include "store/db.h"
#include "warmup/plan.h"

/* The name under which a mailbox without a plan stands beside others with one; nobody's plan. */
#define PLAN_OPEN "open"

struct lane_name {
	const char *unit;     /* "ip", "provider", "mailbox" */
	int64_t unit_id;      /* the appliance, or the mailbox */
	const char *provider; /* "" but for "provider" */
};

struct lane_row {
	const char *unit, *provider;
	int64_t unit_id, appliance;
	const char *plan; /* its name; NULL: nothing warms up */
	int64_t version, day, step, cap;
	int64_t sent;   /* within the 24 hours before it was told */
	int64_t queued; /* in Postfix then */
	const char *state, *held_by, *reason;
	int64_t until, rate;
	int64_t told_at; /* real ms */
	/* of DAY: */
	int64_t mails, retries, accepted, deferred, hard, infra, complained;
};

struct lane_day_row {
	int64_t day, step, cap, mails, retries, fresh, ended, accepted, deferred, hard, infra,
		complained;
	const char *decision, *reason; /* the last that moved its step, or NULL */
	int64_t step_next, cap_next;
	const char *inputs; /* JSON of what it was made of, or NULL */
};

/* Those an appliance told of: the address, providers by name, mailboxes. AFTER is the last row of
   the page before, or NULL. */
enum err lane_list_of(struct scope *sc, int64_t appliance, const struct lane_name *after, int limit,
	struct lane_row **rows, size_t *n) MUST;
/* ERR_MISSING when nobody told of it. */
enum err lane_find(struct scope *sc, const struct lane_name *l, struct lane_row *out) MUST;
/* The newest first, from before day BEFORE (0: from the newest). */
enum err lane_days(struct scope *sc, const struct lane_name *l, int64_t before, int limit,
	struct lane_day_row **rows, size_t *n) MUST;

/* What the day would decide if it ended as it stands, told from the days alone. */
struct lane_forecast {
	const char *decision, *reason; /* static; "advance", "hold", "back", "stop" */
	int64_t step, cap;
	struct gate_inputs in;
};
enum err lane_forecast(struct scope *sc, const struct lane_row *l, const struct lane_day_row *days,
	size_t n, struct lane_forecast *out) MUST;

/* All lanes towards one provider, of all appliances, on the day each last told of. */
struct lane_provider_row {
	const char *provider;
	int64_t lanes, stopped, shaped, cap, mails, accepted, deferred, hard, infra, complained;
};
enum err lane_providers(struct scope *sc, struct lane_provider_row **rows, size_t *n) MUST;

/* ---- by hand; these write by themselves ---- */

/* WHAT is "free" (a gate's stop ends now), "back" (as far as the plan goes back), "restart" (from
   day one) or "step" (day STEP of the plan). Done once by the appliance. */
enum err lane_act(struct scope *sc, const struct lane_name *l, const char *what, int64_t step) MUST;
/* Nothing more leaves it for DAYS plan days, 0: until it is let go. */
enum err lane_hold(struct scope *sc, const struct lane_name *l, int64_t days) MUST;
enum err lane_let_go(struct scope *sc, const struct lane_name *l) MUST;
/* *HELD: by hand; *UNTIL plan ms, 0 for without an end. */
enum err lane_is_held(struct scope *sc, const struct lane_name *l, bool *held, int64_t *until) MUST;

/* ---- what appliances say; inside db_write(), in the appliance's tenant ---- */

/* BODY as in wire/warmup.h. What cannot be read is not kept. */
enum err lane_said(struct scope *sc, int64_t appliance, const char *body) MUST;
enum err lane_told(struct scope *sc, int64_t appliance, const char *body) MUST;

#endif
