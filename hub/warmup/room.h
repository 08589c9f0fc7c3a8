/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * How many more mails the lanes of an appliance take within a while, as far as the hub knows: what
 * it was told of each, what a plan says of one that nobody told of yet, and holds by hand. Who
 * hands mail out asks here first, so that nothing is brought to a lane that must leave it lying.
 * What a lane said holds it no longer than it said itself: one of which nothing is heard is free
 * again in time.
 */
#ifndef WARMUP_ROOM_H
#define WARMUP_ROOM_H

#include "store/db.h"

#define LANE_ROOM_ALL INT64_C(1000000000) /* nothing limits it */

struct lane_room {
	const char *unit, *provider; /* as in struct lane_name */
	int64_t left;                /* mails; below 0 where more are on their way already */
	const char *rule;  /* static; what leaves so few: "hand", "stop", "shape", "day", "warmup";
			      NULL where nothing limits it */
	const char *by;    /* arena; who set that */
	int64_t cap, step; /* of "warmup" */
	int64_t lifts;     /* plan ms when it takes more; 0 where nobody knows */
};

struct lane_rooms;
/* The lanes of APPLIANCE, and what they take until SPAN_MS of plan time from now on are over. */
enum err lane_rooms_open(
	struct scope *sc, int64_t appliance, int64_t span_ms, struct lane_rooms **out) MUST;
/* Of the whole address and of the address towards PROVIDER the one that takes less. Its LEFT goes
   down with lane_rooms_take() alone. */
enum err lane_rooms_towards(struct scope *sc, struct lane_rooms *r, const char *provider,
	const struct lane_room **out) MUST;
/* N mails to PROVIDER are on their way to them. */
enum err lane_rooms_take(
	struct scope *sc, struct lane_rooms *r, const char *provider, int64_t n) MUST;
/* Of a mailbox there, of which QUEUED mails left today as the hub counts them. */
enum err lane_rooms_mailbox(struct scope *sc, struct lane_rooms *r, int64_t mailbox, int64_t queued,
	struct lane_room *out) MUST;

#endif
