/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What becomes of one named check from look to look, as a pure function: a trouble counts when it
 * has been seen often enough; then its service is restarted, then made anew, each time with longer
 * waits; and mail is held, at once or when neither has helped.
 */
#ifndef MAILU_CHECK_H
#define MAILU_CHECK_H

#include "wire/wire.h"

enum check_hold {
	CHECK_HOLDS,       /* as soon as it counts: nothing may leave with it */
	CHECK_HOLDS_LAST,  /* when the remedies have not helped */
	CHECK_HOLDS_NEVER, /* it is only said */
};

struct check_rule {
	const char *name;
	const char *service; /* what is mended; NULL: nothing can be */
	int looks;           /* so many bad ones in a row count */
	enum check_hold hold;
};

/* What one look saw. */
enum check_sight { SIGHT_NONE, SIGHT_GOOD, SIGHT_POOR, SIGHT_BAD };

enum check_remedy { REMEDY_NONE, REMEDY_RESTART, REMEDY_RECREATE };
const char *check_remedy_name(enum check_remedy r); /* "restarted" */

struct check {
	enum health state;
	char why[160]; /* of a state that is not ok */
	int64_t since; /* real ms, of the state; 0 before the first look */
	int bad;       /* looks in a row */
	int tried;     /* remedies since it was last well for long */
	int64_t next;  /* monotonic ms: no remedy before */
	int64_t well;  /* monotonic ms: since when, or 0 */
};

struct check_look {
	enum check_sight sight;
	const char *why;    /* of what is not good */
	int64_t mono, real; /* ms now */
};

/* The remedy that is due now. */
enum check_remedy check_see(
	const struct check_rule *rule, struct check *c, const struct check_look *look);
/* A remedy was tried, whether for this check or another: what follows from it takes a while. */
void check_tried(struct check *c, bool mine, int64_t mono);

#endif
