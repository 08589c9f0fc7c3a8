/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Scores of addresses, domains and mailboxes, 0 to 100, by day of plan time. The ends of mails are
 * counted as they come (score_follow.c), a row per unit and day; a score is made of at most thirty
 * of these rows, so its cost does not grow with the mail.
 *
 * Who does not exist says something about a list of people, and so about mailbox and domain; a
 * refusal of our machine says something about its address. They are counted apart.
 */
#ifndef REPUTE_SCORE_H
#define REPUTE_SCORE_H

#include "store/db.h"

enum score_unit { SCORE_ADDRESS, SCORE_DOMAIN, SCORE_MAILBOX, SCORE_UNITS };

struct score_counts {
	int64_t sent, delivered, hard, infra, soft, complained, unsubscribed;
};
struct score_day {
	int64_t day;
	struct score_counts counts;
	int64_t score; /* -1: not counted yet */
};

/* Days whose mail counts. */
int64_t score_window(enum score_unit u);
/* Of the counts of a window; LISTED lists name it. Pure. */
int64_t score_of(enum score_unit u, const struct score_counts *c, int64_t listed);
/* "excellent" from 90, "good" from 75, "fair" from 50, "poor"; "none" below 0. */
const char *score_band(int64_t score);

/* The newest day first; days without mail have no row. */
enum err score_list(struct scope *sc, enum score_unit u, int64_t id, int limit,
	struct score_day **rows, size_t *n) MUST;
/* All of one kind as they stand: those with the least score first, those without one last. */
struct score_now {
	int64_t id;
	const char *name;
	int64_t score;  /* -1: none yet */
	int64_t before; /* the last one a week or more before the newest; -1: none */
	int64_t listed; /* lists that name it; of a mailbox 0 */
	int64_t sent, hard, infra, complained; /* of the window */
};
enum err score_now_list(
	struct scope *sc, enum score_unit u, struct score_now **rows, size_t *n) MUST;

/* Inside db_write(): adds C to DAY. */
enum err score_add(struct scope *sc, enum score_unit u, int64_t id, int64_t day,
	const struct score_counts *c) MUST;
/* Counts anew what changed, at most MOST rows; *LEFT says that there may be more. System scope;
   each in a write of its own. */
struct job;
enum err score_settle(struct scope *sc, const struct job *j, int most, bool *left) MUST;

#endif
