/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A MailU brought to what it shall be: files written, Compose run, and waited until every service
 * is healthy and Postfix says that it took its overrides.
 */
#ifndef MAILU_STACK_H
#define MAILU_STACK_H

#include <stdatomic.h>

#include "mailu/engine.h"
#include "mailu/render.h"

struct stack {
	const struct mailu_site *site; /* borrowed */
	struct engine *engine;         /* borrowed */
	const atomic_bool *stop;       /* borrowed; ends waiting */
};

/* What SPEC asks of this machine and it cannot give now: the subnet is somebody else's, a port is
   taken. ERR_CONFLICT with the reason. Changes nothing. */
enum err stack_can(struct scope *sc, const struct stack *s, const struct mailu_spec *spec) MUST;
/* Its images are on this machine: what is missing is fetched. ERR_UPSTREAM with the one that cannot
   be had. Changes nothing of what runs. */
enum err stack_have(struct scope *sc, const struct stack *s, const struct mailu_spec *spec) MUST;
/* Returns when it works. ERR_AWAY where Docker is missing, ERR_UPSTREAM with what went wrong where
   it did not come up; then some of it may run. */
enum err stack_up(struct scope *sc, const struct stack *s, const struct mailu_spec *spec) MUST;
/* The container of SERVICE made anew, and no other. */
enum err stack_recreate(struct scope *sc, const struct stack *s, const char *service) MUST;
/* As it was left, without looking at files: for a stack that should run already. */
enum err stack_wait(struct scope *sc, const struct stack *s) MUST;
/* Containers and network go, all state stays. */
enum err stack_down(struct scope *sc, const struct stack *s) MUST;

/* Files that differ are replaced, each at once; folders are made. For tests. */
enum err stack_write(struct scope *sc, const struct mailu_site *site,
	const struct mailu_file *files, size_t n) MUST;

#endif
