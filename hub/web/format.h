/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Numbers and spans as people read them, in the scope's language. All results are arena text. */
#ifndef WEB_FORMAT_H
#define WEB_FORMAT_H

#include "base/scope.h"

/* 12,345 */
const char *format_count(struct scope *sc, int64_t n);
/* PART of WHOLE: "12.5 %"; "–" where WHOLE is 0. */
const char *format_share(struct scope *sc, int64_t part, int64_t whole);
/* 7.40 of 7400 thousandths. */
const char *format_points(struct scope *sc, int64_t thousandths);
/* "3 d 4 h", "12 min", "8 s": the two largest units. */
const char *format_span(struct scope *sc, int64_t ms);
/* "1.2 MB" */
const char *format_size(struct scope *sc, int64_t bytes);
/* "09:30" of a minute of the day. */
const char *format_minute(struct scope *sc, int64_t minute);
/* "Mon–Fri", "Sat, Sun", "every day" of the bits in mailbox.days. */
const char *format_days(struct scope *sc, int64_t days);

#endif
