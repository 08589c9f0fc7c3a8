/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Every kind of fact there is. A kind that is not in the table cannot be logged, so docs/events.md
   and the words of timelines are complete. */
#ifndef EVENT_KIND_H
#define EVENT_KIND_H

#include <stdbool.h>
#include <stddef.h>

struct event_kind {
	const char *kind;    /* static; noun.verb */
	const char *subject; /* static; what the subject's id is of */
	const char *data;    /* static; members of data; "" for none */
	const char *summary; /* static; a sentence */
};

/* Sorted by kind. */
extern const struct event_kind event_kinds[];
extern const size_t event_kind_count;

/* Kinds that begin with "test." are the tests' own. */
bool event_kind_is_known(const char *kind);

#endif
