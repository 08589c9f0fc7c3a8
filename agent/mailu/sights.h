/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The single looks of watch: each says how things stand, and in sc->why what is not good. */
#ifndef MAILU_SIGHTS_H
#define MAILU_SIGHTS_H

#include "mailu/check.h"
#include "mailu/stack.h"
#include "net/http.h"

#define SIGHT_BOXES 16

/* A service that restarts by itself, and how often it had when that was first counted. */
struct sight_loop {
	char service[16], id[16];
	int64_t restarts, from; /* monotonic ms */
	int64_t starting;       /* monotonic ms: since when it is not ready, or 0 */
};

/* What the looks of a round share. */
struct sights {
	const struct stack *stack; /* borrowed */
	struct http *http;         /* owned by whoever looks */
	const char *tokens;        /* borrowed */
	int64_t disk_min_mib;
	bool clock;
	/* Of this round. */
	const char *domain;
	struct box *boxes; /* arena */
	size_t box_count;
	bool asked, away; /* the engine was asked; it does not answer */
	const char *why;  /* arena; of that */
	bool refused;     /* a right password was not taken */
	/* From round to round. */
	struct sight_loop loops[SIGHT_BOXES];
};

/* Asks the engine, once for all looks of a round. */
void sights_begin(struct scope *sc, struct sights *s, const char *domain);
/* NULL where there is none. */
const struct box *sights_box(const struct sights *s, const char *service);

typedef enum check_sight sight_fn(struct scope *sc, struct sights *s, const char *name);
sight_fn sight_docker, sight_box, sight_admin, sight_scan, sight_submission, sight_disk,
	sight_inodes, sight_memory, sight_queue_size, sight_queue_age, sight_certificate,
	sight_clock;

#endif
