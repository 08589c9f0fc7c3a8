/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Runs another program to its end, with a limit of time and of output. For the worker's thread. */
#ifndef MAILU_RUN_H
#define MAILU_RUN_H

#include <stdatomic.h>

#include "base/scope.h"
#include "base/str.h"

struct run {
	const char *const *argv; /* NULL-terminated; argv[0] is looked up in the path */
	const char *folder;      /* where it runs */
	const char *docker;      /* the engine's socket, handed on as DOCKER_HOST */
	int timeout_s;
	const atomic_bool *stop; /* ends it early; or NULL */
};

/* ERR_UPSTREAM with the last of what it said where it fails, ERR_MISSING where there is no such
   program. *OUTPUT is what it said on both outputs, arena, the newest 64 KiB; may be NULL. */
enum err run_program(struct scope *sc, const struct run *r, const char **output) MUST;

#endif
