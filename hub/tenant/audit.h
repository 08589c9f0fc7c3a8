/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who did what, for the tenant's own eyes: a row per action of consequence. */
#ifndef TENANT_AUDIT_H
#define TENANT_AUDIT_H

#include "store/db.h"

struct audit {
	int64_t id, at, actor_kind, actor, via;
	const char *action; /* arena; "campaign.launch" */
	int64_t subject;
};

/* Inside db_write(), of sc->tenant and sc->actor; nothing in a scope without a tenant. */
enum err audit_add(struct scope *sc, const char *action, int64_t subject) MUST;
/* The newest first; BEFORE 0 starts at the newest. */
enum err audit_list(
	struct scope *sc, int64_t before, int limit, struct audit **rows, size_t *n) MUST;

#endif
