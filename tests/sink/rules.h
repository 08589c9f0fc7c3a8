/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the sink answers to each recipient. A rules file has one rule a line, the first whose
 * pattern fits wins, and who fits none is accepted:
 *
 *   PATTERN 250
 *   PATTERN 550 5.1.1 No such user        refused for good, at RCPT
 *   PATTERN data 554 5.7.1 Spam           as above, but after the final dot
 *   PATTERN defer 2 451 4.2.0 Not yet     the first two tries get this, then accepted
 *   PATTERN 421 4.3.2 Shutting down       said at RCPT, and the connection closed
 *   PATTERN drop 1                        the first try is cut after the final dot, unanswered
 *   PATTERN delay 500 REST                waits so many milliseconds, then as REST says
 *
 * PATTERN is a shell pattern over the whole address, in lower case. '#' starts a comment line.
 */
#ifndef SINK_RULES_H
#define SINK_RULES_H

#include "base/scope.h"

enum rule_act {
	RULE_ACCEPT,
	RULE_REFUSE,      /* text, at RCPT */
	RULE_REFUSE_DATA, /* text, after the final dot */
	RULE_DEFER,       /* text for the first `times` tries */
	RULE_CLOSE,       /* text, then the connection ends */
	RULE_DROP,        /* no answer after the final dot, for the first `times` tries */
};

struct rule {
	const char *pattern; /* arena */
	enum rule_act act;
	int64_t times;
	int64_t delay_ms;
	const char *text; /* arena; the reply line with its code */
};

struct rules;

struct rules *rules_new(void);
void rules_free(struct rules *r);
/* Replaces the rules by those of PATH; the counts of tries stay. ERR_INPUT names the line and
   leaves the old rules standing. */
enum err rules_load(struct scope *sc, struct rules *r, const char *path) MUST;
enum err rules_parse(struct scope *sc, struct rules *r, const char *text) MUST;
/* The rule for ADDRESS; never NULL, valid until the next load. */
const struct rule *rules_find(const struct rules *r, const char *address);
/* Counts a try of ADDRESS and says how many there were before. */
int64_t rules_tried(struct rules *r, const char *address);

#endif
