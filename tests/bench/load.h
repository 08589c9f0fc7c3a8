/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A client that asks the same again and again over connections that stay open. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "base/scope.h"

struct load {
	int port; /* of 127.0.0.1 */
	int connections;
	const char *request; /* whole, with its empty line */
	int ms;              /* how long */
};

/* How many answers came a second. ERR_UPSTREAM when one is not 200, or a connection ends. */
enum err load_run(struct scope *sc, const struct load *l, double *rate) MUST;

#endif
