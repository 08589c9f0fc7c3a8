/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What lives as long as the hub process: made in main.c, borrowed by everyone else. */
#ifndef HUB_H
#define HUB_H

#include "base/scope.h"
#include "crypt/seal.h"

struct config;
struct bus;
struct live;
struct follow;
struct jobs;
struct render;
struct dispatch;
struct site_memory;

struct hub {
	struct world world;          /* first: hub_of() casts back */
	const struct config *config; /* borrowed */
	struct seal_key master;
	struct bus *bus;           /* owned by main; NULL in tests without a broker */
	struct live *live;         /* owned by main; server-sent hints */
	struct follow *follow;     /* owned by main; the follower threads */
	struct jobs *jobs;         /* owned by main; the job runners */
	struct render *render;     /* owned by main; compiled contents and signing keys */
	struct dispatch *dispatch; /* owned by main; the loop that leases mail */
	struct site_memory *sites; /* owned by main; providers of domains; NULL in tests */
	const char *objects_dir;   /* borrowed; where hub/object keeps its files */
	/* The key of sc->tenant of VERSION, 0 for the newest. Mechanisms stand left of hub/tenant,
	   so main hands them its function. */
	enum err (*tenant_key)(struct scope *sc, uint32_t version, struct seal_key *k);
	char name[24]; /* random: the owner of this process's leases */
};

static inline struct hub *hub_of(const struct scope *sc)
{
	return (struct hub *)(uintptr_t)sc->world;
}

#endif
