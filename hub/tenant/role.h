/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Roles: named lists of permissions. Every tenant starts with four: owner and admin hold all,
 * member works on campaigns, contacts and senders, viewer looks.
 */
#ifndef TENANT_ROLE_H
#define TENANT_ROLE_H

#include "store/db.h"

#define ROLE_OWNER  "owner"
#define ROLE_ADMIN  "admin"
#define ROLE_MEMBER "member"
#define ROLE_VIEWER "viewer"

struct role {
	int64_t id;
	const char *name;  /* arena */
	const char *perms; /* arena; separated by blanks */
	bool builtin;
};

/* Inside db_write(): the four. */
enum err role_start(struct scope *sc) MUST;
enum err role_list(struct scope *sc, struct role **rows, size_t *n) MUST;
enum err role_find_name(struct scope *sc, const char *name, struct role *out) MUST;
/* Inside db_write(): ACCOUNT has ROLE (0: none) in WORKSPACE (0: in all) and no other there. */
enum err role_give(struct scope *sc, int64_t account, int64_t workspace, int64_t role) MUST;

#endif
