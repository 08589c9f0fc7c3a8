/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who belongs to a tenant, and how they come: by invitation. */
#ifndef TENANT_MEMBER_H
#define TENANT_MEMBER_H

#include "store/db.h"

struct member {
	int64_t account;
	const char *email; /* arena */
	const char *name;  /* arena */
	const char *role;  /* arena; name of the role in all workspaces, or "" */
	int64_t joined;
};

enum err member_list(struct scope *sc, struct member **rows, size_t *n) MUST;
/* Inside db_write(): ACCOUNT belongs to sc->tenant with the role named. */
enum err member_add(struct scope *sc, int64_t account, const char *role) MUST;
/* ERR_CONFLICT when no owner would be left. Only an owner makes or unmakes owners: ERR_DENIED. */
enum err member_set_role(struct scope *sc, int64_t account, const char *role) MUST;
/* Ends the membership, the person's keys and rights. ERR_CONFLICT for oneself and the last owner.
 */
enum err member_remove(struct scope *sc, int64_t account) MUST;
/* The tenants ACCOUNT belongs to, by name: for the switcher. Reads across tenants. */
struct membership {
	int64_t tenant;
	const char *name; /* arena */
};
enum err member_tenants(
	struct scope *sc, int64_t account, struct membership **rows, size_t *n) MUST;

#define INVITE_MS (7 * DAY_MS)
struct invitation {
	int64_t id;
	const char *email; /* arena */
	const char *role;  /* arena; its name */
	int64_t created, expires;
};
/* *TOKEN goes into the mail. An earlier one for the address ends. ERR_CONFLICT when the address is
   a member already. */
enum err invitation_add(
	struct scope *sc, const char *email, const char *role, const char **token) MUST;
enum err invitation_list(struct scope *sc, struct invitation **rows, size_t *n) MUST;
enum err invitation_revoke(struct scope *sc, int64_t id) MUST;

/* What its reader is told before accepting; in a scope without tenant. ERR_AUTH when it is not
   good any more. */
struct invited {
	int64_t id, tenant, role;
	const char *email;   /* arena */
	const char *company; /* arena */
	int64_t account;     /* of that address, 0 when there is none yet */
};
enum err invitation_find(struct scope *sc, const char *token, struct invited *out) MUST;
/* Spends it: a new account with NAME and PASSWORD, or the existing one, whose PASSWORD must match.
 *ACCOUNT belongs to the tenant then. */
enum err invitation_accept(struct scope *sc, const char *token, const char *name,
	const char *password, int64_t *account) MUST;

#endif
