/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the pages of reputation draw; between score_page.c and score.tmpl. */
#ifndef REPUTE_SCORE_HTML_H
#define REPUTE_SCORE_HTML_H

#include "repute/score.h"
#include "web/door.h"

struct reputation_view {
	const struct request *q;
	const struct score_now *rows[SCORE_UNITS];
	size_t n[SCORE_UNITS];
};
void reputation_html(struct scope *sc, struct out *o, const struct reputation_view *v);

struct score_view {
	enum score_unit unit;
	const char *name, *path; /* of the thing itself */
	int64_t score;           /* -1 for none */
	const struct score_day *days;
	size_t n;
};
void score_html(struct scope *sc, struct out *o, const struct score_view *v);
/* The badge alone; a dash below 0. */
void score_badge_html(struct scope *sc, struct out *o, int64_t score);

#endif
