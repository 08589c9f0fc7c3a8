/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Texts of strangers as texts of ours: valid UTF-8, without control characters, cut to a length. */
#ifndef BOX_TIDY_H
#define BOX_TIDY_H

#include "base/arena.h"
#include "base/str.h"

/* NULL stays NULL. *CUT becomes true where the text was longer; it may be NULL. */
const char *tidy_line(struct arena *mem, const char *text, size_t max, bool *cut);
/* As tidy_line(), keeping tabs and line ends (as \n). */
const char *tidy_text(struct arena *mem, const char *text, size_t max, bool *cut);
/* What HTML says, without its tags, styles and scripts. */
const char *tidy_html(struct arena *mem, const char *html, size_t max);
/* The next id in angle brackets at or behind *AT, which moves; NULL when there is none. */
const char *tidy_id(struct arena *mem, const char **at);
/* The first such id, or else the text itself where it is one word. */
const char *tidy_one_id(struct arena *mem, const char *text);

#endif
