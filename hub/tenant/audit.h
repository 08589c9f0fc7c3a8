/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who did what, for the tenant's own eyes: a row per action of consequence. */
#ifndef TENANT_AUDIT_H
#define TENANT_AUDIT_H

#include "store/db.h"

struct audit {
	int64_t id, at, actor_kind, actor, via;
	const char *action; /* arena; "campaign.launch" */
	int64_t subject;
	const char *name; /* arena; of the person behind it, or NULL: the system, the operator */
};

/* Inside db_write(), of sc->tenant and sc->actor; nothing in a scope without a tenant. */
enum err audit_add(struct scope *sc, const char *action, int64_t subject) MUST;

struct audit_filter {
	int64_t before;   /* id of the last one seen; 0 starts at the newest */
	int64_t who;      /* an account, also by its keys; 0 for all */
	const char *what; /* what actions begin with: "campaign."; NULL for all */
	int limit;
};
/* The newest first. */
enum err audit_list(
	struct scope *sc, const struct audit_filter *f, struct audit **rows, size_t *n) MUST;

#endif
