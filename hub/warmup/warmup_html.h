/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the warm-up's pages draw; between warmup_page.c, plan_page.c and the templates. */
#ifndef WARMUP_WARMUP_HTML_H
#define WARMUP_WARMUP_HTML_H

#include "fleet/appliance.h"
#include "pace/provider.h"
#include "sender/mailbox.h"
#include "warmup/lane.h"
#include "warmup/limit.h"
#include "warmup/rehearsal.h"
#include "warmup/shaping.h"
#include "web/part.h"

/* A row of numbers by day: bars of what was, a line of what may be. Either may be NULL. */
struct day_chart {
	const char *label; /* says what is seen, for who does not see it */
	const int64_t *bars, *line;
	size_t n;
};
void day_chart_html(struct scope *sc, struct out *o, const struct day_chart *c);
/* The tabs of the section; CHOSEN is a path. */
void warmup_tabs_html(struct scope *sc, struct out *o, const char *chosen);

/* "2026-01-31" of a day since 1970. */
const char *warmup_day(struct scope *sc, int64_t day);
/* What gates decide, why, and what holds a lane, as people read it. */
const char *warmup_decision(struct scope *sc, const char *decision);
const char *warmup_reason(struct scope *sc, const char *reason);
void warmup_state_html(struct scope *sc, struct out *o, const char *state);
/* A provider's title; the name itself of one that is not in the table. */
const char *warmup_provider(struct scope *sc, const char *name);
/* "standard — Standard, six weeks" of a plan's id; words for none. */
const char *warmup_plan_title(
	struct scope *sc, const struct plan_row *plans, size_t n, int64_t plan);

/* The form that chooses a plan, posted to PATH. CHOICE is what was chosen here. */
struct plan_picker {
	const struct request *q;
	const char *path;
	const struct plan_row *plans;
	size_t plan_count;
	int64_t choice, in_force;
	bool top; /* the company itself, which inherits from nobody */
};
void plan_picker_html(struct scope *sc, struct out *o, const struct plan_picker *p);

/* ---- lanes ---- */

struct warmup_view {
	const struct request *q;
	struct plan_picker picker;
	const struct appliance *rows;
	const int64_t *plans;         /* in force, beside ROWS */
	const struct lane_row *lanes; /* the address' own, beside ROWS; told_at 0 for none */
	size_t n;
	const char *more;
};
void warmup_html(struct scope *sc, struct out *o, const struct warmup_view *v);

struct lanes_view {
	const struct request *q;
	const struct appliance *a;
	struct plan_picker picker;
	const struct lane_row *rows;
	const char *const *addresses; /* of mailboxes, beside ROWS */
	size_t n;
	const char *more;
	const struct limit_row *limits;
	size_t limit_count;
};
void lanes_html(struct scope *sc, struct out *o, const struct lanes_view *v);

struct lane_view {
	const struct request *q;
	const char *title, *path;
	const struct appliance *a; /* where it is; NULL for nowhere */
	bool has_picker;           /* a mailbox may have a plan of its own */
	struct plan_picker picker;
	bool told;
	struct lane_row row;
	struct lane_forecast forecast;
	const struct lane_day_row *chart; /* the newest first */
	size_t chart_count;
	const struct lane_day_row *days; /* of this page */
	size_t day_count;
	const char *more;
	bool held;
	int64_t held_until;
	const struct limit_row *limits;
	size_t limit_count;
};
void lane_html(struct scope *sc, struct out *o, const struct lane_view *v);

struct providers_view {
	const struct lane_provider_row *rows;
	size_t n;
};
void providers_html(struct scope *sc, struct out *o, const struct providers_view *v);

/* ---- plans ---- */

struct plans_view {
	const struct request *q;
	const struct plan_row *rows;
	size_t n;
};
void plans_html(struct scope *sc, struct out *o, const struct plans_view *v);

struct plan_view {
	const struct request *q;
	const char *id; /* NULL: a new one */
	bool builtin;
	struct plan_row row;
	const struct ramp_plan *plan; /* NULL: not drawn */
	const struct plan_version *versions;
	size_t version_count;
};
void plan_html(struct scope *sc, struct out *o, const struct plan_view *v);

struct shaping_view {
	const struct request *q;
	struct shaping_version row; /* what holds */
	const struct shaping_version *versions;
	size_t version_count;
	const char *own; /* the program's */
	const struct providers *providers;
	const char *provider, *reply; /* to be tried, or NULL */
	bool tried;
	const struct shape_rule *rule; /* which the reply meets, or NULL */
};
void shaping_html(struct scope *sc, struct out *o, const struct shaping_view *v);

struct rehearsal_view {
	const struct request *q;
	const struct plan_row *plans;
	size_t plan_count;
	int64_t plan;
	struct rehearsal_wish wish;
	bool own;        /* its own world was asked for */
	const char *met; /* that world's text, or NULL: too little is known */
	const struct rehearsal_play *play;
};
void rehearsal_html(struct scope *sc, struct out *o, const struct rehearsal_view *v);

#endif
