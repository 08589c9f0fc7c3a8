/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tenants: companies, each with its key, its roles and at least one workspace. */
#ifndef TENANT_TENANT_H
#define TENANT_TENANT_H

#include "crypt/seal.h"
#include "store/db.h"

struct tenant {
	int64_t tenant;       /* its id */
	const char *name;     /* arena */
	const char *standing; /* arena; "active", "stopped", "closed" */
	const char *reason;   /* arena; of a stop, or NULL */
	const char *locale;   /* arena */
	const char *zone;     /* arena; IANA */
	const char *postal;   /* arena; "" when it is not given yet */
	int64_t slot;
	int64_t created;
};

struct tenant_new {
	const char *name;
	int64_t owner;      /* account that becomes the owner; 0 for none yet */
	const char *locale; /* NULL: en */
	const char *zone;   /* NULL: UTC */
	const char *postal; /* NULL: not given */
};

/* The tenant, its key under the master key, its builtin roles, its first workspace and its owner's
   membership, in one write. SC may be of any tenant and stays so. Joins an open write. */
enum err tenant_add(
	struct scope *sc, const struct tenant_new *t, int64_t *tenant, int64_t *workspace) MUST;
/* That of SC. */
enum err tenant_find(struct scope *sc, struct tenant *out) MUST;
struct tenant_set {
	const char *name, *locale, *zone, *postal;
};
enum err tenant_set(struct scope *sc, const struct tenant_set *t) MUST;
/* A postal address stands in every mail; "" means that nothing may be sent. The workspace's own
   where it has one. */
enum err tenant_postal(struct scope *sc, int64_t workspace, const char **postal) MUST;
/* Stops all sending of SC's tenant, or lets it go on; logged as tenant.stopped, tenant.resumed.
   ERR_CONFLICT when it already is so. What the operator stopped only the operator lets go on:
   ERR_DENIED for the company's own people and keys. */
enum err tenant_stop(struct scope *sc, const char *reason) MUST;
enum err tenant_resume(struct scope *sc) MUST;
/* Nothing of a tenant that is not active is leased or sent. */
enum err tenant_is_active(struct scope *sc, bool *active) MUST;

/* All, by name: in a system scope. */
enum err tenant_list(struct scope *sc, struct tenant **rows, size_t *n) MUST;
/* By its exact name, for the operator's commands: in a system scope. ERR_CONFLICT when two have
   it. */
enum err tenant_find_name(struct scope *sc, const char *name, int64_t *tenant) MUST;

/* The key of sc->tenant of VERSION, 0 for the newest; for hub.tenant_key. Wipe it after use. */
enum err tenant_key_get(struct scope *sc, uint32_t version, struct seal_key *k) MUST;

#endif
