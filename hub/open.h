/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A hub process from its configuration up to where commands and serve may work. */
#ifndef OPEN_H
#define OPEN_H

#include "config.h"
#include "hub.h"

/* What a command needs; each but NEEDS_OWNER includes those before. */
enum needs {
	NEEDS_NOTHING,
	NEEDS_CONFIG,
	NEEDS_OWNER, /* the database as the owner of its tables, brought to the program's version */
	NEEDS_STORE, /* the database at the program's version, and the clock as it stands */
	NEEDS_HUB,   /* master key, process number: may make ids and seal */
	NEEDS_SERVE, /* as NEEDS_HUB; migrates where it may, and sets the clock's rate */
};

struct engine {
	struct hub hub; /* first: the world of every scope */
	struct config config;
	struct clock clock;
	int64_t number; /* of this process in ids */
	bool numbered;
	void (*committed)(void *engine); /* set before hub_open(); see store_config */
	struct serving *serving;         /* owned by serve.c; NULL in commands */
};

static inline struct engine *engine_of(const struct scope *sc)
{
	return (struct engine *)(uintptr_t)sc->world;
}

/* Before any scope: a world that can log and tell the time, and nothing else. */
void hub_begin(struct engine *g);
/* PATH is the configuration's. SC's world is G; its texts live as long as SC. */
enum err hub_open(struct scope *sc, struct engine *g, const char *path, enum needs needs) MUST;
/* Whatever hub_open() opened, also after it failed. */
void hub_close(struct scope *sc, struct engine *g);
/* Brings the database to the program's version, as the owner of its tables where one is
   configured. */
enum err hub_migrate(struct scope *sc, int *applied) MUST;

#endif
