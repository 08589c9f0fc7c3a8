/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How people come to a tenant: by a link that was mailed to them, good for 7 days and one use. */
#ifndef TENANT_INVITATION_H
#define TENANT_INVITATION_H

#include "store/db.h"

#define INVITE_MS (7 * DAY_MS)
struct invitation {
	int64_t id;
	const char *email; /* arena */
	const char *role;  /* arena; its name */
	int64_t workspace; /* 0: all */
	int64_t created, expires;
};
/* *TOKEN goes into the mail. An earlier one for the address ends. ROLE is for WORKSPACE, or with 0
   for all. ERR_CONFLICT when the address is a member already. */
enum err invitation_add(struct scope *sc, const char *email, int64_t workspace, const char *role,
	const char **token) MUST;
/* The same; *LINK leads to the page that accepts it, and is on its way by mail where *MAILED. */
enum err invitation_send(struct scope *sc, const char *email, int64_t workspace, const char *role,
	const char **link, bool *mailed) MUST;
enum err invitation_list(struct scope *sc, struct invitation **rows, size_t *n) MUST;
enum err invitation_revoke(struct scope *sc, int64_t id) MUST;

/* What its reader is told before accepting; in a scope without tenant. ERR_AUTH when it is not
   good any more. */
struct invited {
	int64_t id, tenant, role, workspace;
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
