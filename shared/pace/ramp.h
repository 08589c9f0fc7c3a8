/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Warm-up plans as data: how many mails on which day. Whole numbers only, so that the hub, every
 * appliance and a rehearsal come to the same cap. The format is told in data/plans.
 */
#ifndef PACE_RAMP_H
#define PACE_RAMP_H

#include "base/scope.h"
#include "base/str.h"
#include "pace/gate.h"

#define RAMP_PHASES 8
#define RAMP_DAYS   366
#define RAMP_CAP    1000000 /* mails a day at most, whatever a plan says */
#define RAMP_NAME   31
#define RAMP_GROWTH 3000 /* permille a day at most */
#define RAMP_SPARE  5    /* rounding may add so many mails beyond the rise */

/* Days count from 1. */
struct ramp_phase {
	int64_t from, to;   /* both included; to 0 goes on for ever */
	int64_t start, end; /* caps of its first and its last day */
	int64_t growth;     /* permille of the day before; 0: a straight line */
};

struct ramp {
	struct ramp_phase phases[RAMP_PHASES];
	size_t count;
	int64_t most; /* the cap is never larger */
};

enum ramp_curve { RAMP_MAILBOX, RAMP_CONSUMER, RAMP_HOSTED, RAMP_OTHER, RAMP_CURVES };
const char *ramp_curve_name(enum ramp_curve c);

struct ramp_plan {
	const char *name, *title; /* arena */
	struct ramp curves[RAMP_CURVES];
	int64_t rise, rise_least;             /* percent; mails */
	int64_t days, from_minute, to_minute; /* when it sends: bits from Sunday on; local */
	int64_t new_share;                    /* percent of a mailbox's cap */
	struct gates gates;
};

/* The cap of DAY (1 …): what the phases say, at most MOST. */
int64_t ramp_cap(const struct ramp *r, int64_t day);
/* The first day with the largest cap that it reaches. */
int64_t ramp_last(const struct ramp *r);
/* ERR_INPUT with the curve as field: no phase, a gap or overlap, falling, steeper than its rise, an
   impossible window, a limit out of range. */
enum err ramp_check(struct scope *sc, const struct ramp_plan *p) MUST;

/* All plans of a text, checked. ERR_INPUT names the line. */
enum err ramp_parse(
	struct scope *sc, struct bytes text, struct ramp_plan **list, size_t *count) MUST;
/* As the text that ramp_parse() reads. */
void ramp_format(struct out *o, const struct ramp_plan *p);
/* ERR_MISSING when no plan of the program has this NAME. */
enum err ramp_builtin(struct scope *sc, const char *name, const struct ramp_plan **p) MUST;

#endif
