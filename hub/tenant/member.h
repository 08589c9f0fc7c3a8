/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who belongs to a tenant. */
#ifndef TENANT_MEMBER_H
#define TENANT_MEMBER_H

#include "store/db.h"

struct member {
	int64_t account;
	const char *email; /* arena */
	const char *name;  /* arena */
	const char *role;  /* arena; name of the role in all workspaces, or "" */
	int64_t joined;
	int64_t places; /* workspaces with a role of their own */
};
/* What somebody is in one workspace, beside what they are in all. */
struct permit {
	int64_t workspace;
	const char *name; /* arena; the workspace's */
	const char *role; /* arena; or "" */
};

enum err member_list(struct scope *sc, struct member **rows, size_t *n) MUST;
enum err member_find(struct scope *sc, int64_t account, struct member *out) MUST;
/* Every active workspace, by name. */
enum err member_permits(struct scope *sc, int64_t account, struct permit **rows, size_t *n) MUST;
/* Inside db_write(): ACCOUNT belongs to sc->tenant with the role named, in WORKSPACE or, with 0, in
   all. */
enum err member_add(struct scope *sc, int64_t account, int64_t workspace, const char *role) MUST;
/* In WORKSPACE, or with 0 in all of them; ROLE NULL or "" takes it away there. ERR_CONFLICT when no
   owner would be left. Only an owner makes or unmakes owners: ERR_DENIED. Roles that hold more than
   a workspace's rights are given in all workspaces alone: ERR_INPUT. */
enum err member_set_role(
	struct scope *sc, int64_t account, int64_t workspace, const char *role) MUST;
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

struct role;
/* ERR_DENIED unless SC's actor may give R: nobody gives rights that they do not hold, and owners
   are made by owners. */
enum err member_may_give(struct scope *sc, const struct role *r) MUST;
/* The role named, where SC's actor may give it in WORKSPACE. */
enum err member_check_role(
	struct scope *sc, int64_t workspace, const char *role, struct role *out) MUST;

#endif
