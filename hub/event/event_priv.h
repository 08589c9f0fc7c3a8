/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a write has collected: shared by event.c and tally.c. */
#ifndef EVENT_EVENT_PRIV_H
#define EVENT_EVENT_PRIV_H

#include "event/event.h"

struct event_entry {
	struct event e; /* arena texts */
	int64_t tenant, slot;
	struct actor actor;
	size_t order; /* in which it was added */
};

struct tally_entry {
	int64_t tenant, key, bucket, n;
	const char *dim, *kind, *grain; /* static or arena */
};

/* Lives in the arena of the scope that writes; the store forgets it with each attempt. */
struct event_list {
	struct event_entry *events;
	size_t count, cap;
	struct tally_entry *tallies;
	size_t tally_count, tally_cap;
};

/* The scope's list, made when there is none. */
struct event_list *event_list_of(struct scope *sc);
/* Adds the counters to their rows, in an order all writers share. Sets sc->tenant. */
enum err tally_write(struct scope *sc, struct event_list *list) MUST;

#endif
