/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The Docker engine over its socket: what runs of a Compose project, and how it is. Containers are
 * found by label, never by name, and the API version is what the engine itself offers.
 */
#ifndef MAILU_ENGINE_H
#define MAILU_ENGINE_H

#include "base/scope.h"

struct engine; /* not shared between threads */

enum box_state {
	BOX_RUNS,      /* and is healthy, or has no way of saying */
	BOX_STARTS,    /* not healthy yet */
	BOX_UNHEALTHY, /* runs, and says it cannot work */
	BOX_RESTARTS,  /* ended and is started again */
	BOX_ENDED,     /* does not run */
};
const char *box_state_name(enum box_state s);

struct box {
	const char *service, *id, *image; /* arena; image by digest */
	enum box_state state;
	int64_t restarts;  /* by itself, since it was made */
	int64_t pid;       /* of its first process, on this machine */
	const char *ports; /* arena; " ADDRESS:PORT " of each that it has open outside */
};

struct engine *engine_new(const char *socket); /* borrowed */
/* Accepts NULL. */
void engine_free(struct engine *e);

/* ERR_AWAY where the engine does not answer, or not as one. */
enum err engine_boxes(
	struct scope *sc, struct engine *e, const char *project, struct box **list, size_t *n) MUST;
enum err engine_restart(struct scope *sc, struct engine *e, const char *id) MUST;
/* What it printed last, on one line; "" where that cannot be had. */
const char *engine_last_words(struct scope *sc, struct engine *e, const char *id);

#endif
