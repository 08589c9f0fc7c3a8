/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* An agent from its configuration up to where commands and the daemon may work. */
#ifndef DAEMON_H
#define DAEMON_H

#include "agent.h"
#include "config.h"

/* What a command needs; each includes those before. */
enum needs {
	NEEDS_NOTHING,
	NEEDS_CONFIG,
	NEEDS_STATE, /* identity, database as it stands, limits: to look, while the daemon runs */
	NEEDS_RUN,   /* everything, for the daemon */
};

struct machine {
	struct agent agent; /* first: the world of every scope */
	struct agent_config config;
};

static inline struct machine *machine_of(const struct scope *sc)
{
	return (struct machine *)(uintptr_t)sc->world;
}

/* A world that can log and tell the time, and nothing else. */
void machine_prepare(struct machine *m);
/* SC lives as long as M and holds its texts. */
enum err machine_open(
	struct scope *sc, struct machine *m, const char *config, enum needs needs) MUST;
/* Whatever machine_open() opened, also after it failed. */
void machine_close(struct machine *m);
/* The daemon: returns when it was asked to stop and has drained. */
enum err machine_run(struct scope *sc, struct machine *m) MUST;

#endif
