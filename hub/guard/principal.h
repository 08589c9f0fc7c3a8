/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * From a credential to who acts: the account or key, the tenant and workspace chosen, and the
 * rights held there. Rights are names of permissions ("view", "campaign" …) in rows of roles;
 * nothing is allowed that no row names.
 */
#ifndef GUARD_PRINCIPAL_H
#define GUARD_PRINCIPAL_H

#include "guard/credential.h"

/* Sessions end 30 days after they were last used, and their use is noted once an hour. */
#define SESSION_MS       (30 * DAY_MS)
#define SESSION_TOUCH_MS HOUR_MS

struct principal {
	struct actor actor;
	int64_t credential; /* of the session or key */
	int64_t account;    /* the person; the creator of a key */
	int64_t tenant;     /* 0 when the account belongs to none */
	int64_t workspace;  /* 0 when there is none */
	int64_t expires;    /* real ms; when it ends unless it is used again */
	bool staff;         /* the operator of the installation */
	const char *rights; /* arena; separated by blanks; "" for none */
	const char *csrf; /* arena; what unsafe requests of a session must repeat; NULL for a key */
	const char *email; /* arena; of the account */
	const char *name;  /* arena */
	const char *lang;  /* arena; NULL follows the browser */
	const char *zone;  /* arena; IANA; NULL follows the tenant */
	const char *theme; /* arena; NULL follows the system */
};

/* ERR_AUTH when TOKEN is no living session or its account is not active. Prolongs the session. */
enum err principal_of_session(struct scope *sc, const char *token, struct principal *out) MUST;
/* The same for an API key: its rights are the key's own and never more than its creator's. */
enum err principal_of_key(struct scope *sc, const char *token, struct principal *out) MUST;
/* The rights of ACCOUNT in sc->tenant's WORKSPACE; "" when it is no active member. */
enum err principal_rights(
	struct scope *sc, int64_t account, int64_t workspace, const char **rights) MUST;

/* RIGHTS, separated by blanks, has NAME. */
bool rights_have(const char *rights, const char *name);
/* Those of A that are also in B. */
const char *rights_common(struct scope *sc, const char *a, const char *b);

#endif
