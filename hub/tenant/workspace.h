/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Workspaces: what a tenant divides its campaigns, contacts and domains into. */
#ifndef TENANT_WORKSPACE_H
#define TENANT_WORKSPACE_H

#include "store/db.h"

struct workspace {
	int64_t id;
	const char *name;   /* arena */
	const char *slug;   /* arena; unique in its tenant, never changed */
	const char *zone;   /* arena; IANA */
	const char *postal; /* arena; "" takes the tenant's */
	const char *state;  /* arena; "active", "archived" */
};

enum err workspace_find(struct scope *sc, int64_t id, struct workspace *out) MUST;
/* The active ones, by name. */
enum err workspace_list(struct scope *sc, struct workspace **rows, size_t *n) MUST;
/* Those in which ACCOUNT has a role, by name. */
enum err workspace_list_of(
	struct scope *sc, int64_t account, struct workspace **rows, size_t *n) MUST;
/* The slug follows from the name. Joins an open write. */
enum err workspace_add(struct scope *sc, const char *name, const char *zone, int64_t *id) MUST;
enum err workspace_set(
	struct scope *sc, int64_t id, const char *name, const char *zone, const char *postal) MUST;

#endif
