/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* /metrics and /healthz over plain HTTP, answered by the agent's own loop. */
#ifndef LISTEN_H
#define LISTEN_H

#include "base/out.h"
#include "base/scope.h"

struct listener;

/* ADDRESS is "host:port" or "*:port"; the agent's loop stands. */
enum err listener_start(struct scope *sc, const char *address, struct listener **out) MUST;
/* Accepts NULL. */
void listener_stop(struct listener *l);
/* What /metrics says. */
void listener_metrics(struct scope *sc, struct out *o);

#endif
