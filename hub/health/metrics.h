/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A listener of its own for the operator's monitoring: /metrics in Prometheus' text format,
 * /healthz (the process answers) and /readyz (the database answers too). Off by default, and never
 * reachable through the public listener.
 */
#ifndef HEALTH_METRICS_H
#define HEALTH_METRICS_H

#include "base/out.h"
#include "hub.h"

struct metrics;
struct web;

/* LISTEN as in the configuration; WEB, whose numbers are shown, is borrowed and may be NULL. */
enum err metrics_start(struct scope *sc, struct hub *hub, const char *listen, const struct web *web,
	struct metrics **out) MUST;
/* Accepts NULL. */
void metrics_stop(struct metrics *m);

/* The text, in a system scope. Rows that cannot be read leave their numbers out. */
void metrics_put(struct scope *sc, const struct web *web, struct out *o);

#endif
