/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Bearer secrets of every kind: sessions, API keys, and the one-time tokens of invitations, resets
 * and enrolments. Only a hash is kept; the text is shown once. A credential ends by time, by being
 * spent (one-time kinds) or by being revoked, and then nobody can tell it from one that never was.
 */
#ifndef GUARD_CREDENTIAL_H
#define GUARD_CREDENTIAL_H

#include "store/db.h"

#define CREDENTIAL_SESSION "session"
#define CREDENTIAL_KEY     "key"
#define CREDENTIAL_INVITE  "invite"
#define CREDENTIAL_RESET   "reset"
#define CREDENTIAL_VERIFY  "verify"
#define CREDENTIAL_ENROL   "enrol"

struct credential {
	int64_t id;
	int64_t tenant;    /* 0: an account's own */
	int64_t account;   /* whose, or who made it; 0 for none */
	int64_t subject;   /* appliance of an enrolment, role of an invitation or key */
	int64_t workspace; /* last chosen in a session; that of a key or an invitation, 0 for all */
	const char *email; /* arena; of an invitation, else NULL */
	const char *scopes; /* arena; permissions of a key, else NULL */
	const char *label;  /* arena; browser of a session, name of a key; may be NULL */
	struct bytes csrf;  /* arena; of a session */
	int64_t created;
	int64_t expires; /* real ms */
	int64_t used_at; /* spent, or last seen; 0 for never */
};

/* Inside db_write(). WHAT says everything but id and created; a session gets a CSRF secret.
   PREFIX is that of the token's text ("pms"). *TOKEN is the only copy of the secret. */
enum err credential_issue(struct scope *sc, const char *kind, const char *prefix,
	const struct credential *what, const char **token) MUST;
/* ERR_AUTH, always with the same words, unless TOKEN is a living credential of KIND. */
enum err credential_find(
	struct scope *sc, const char *kind, const char *token, struct credential *out) MUST;
/* Inside db_write(): a one-time credential is used now. ERR_AUTH when it was used before. */
enum err credential_spend(struct scope *sc, int64_t id) MUST;
/* Inside db_write(): seen now, and good until EXPIRES. */
enum err credential_touch(struct scope *sc, int64_t id, int64_t expires) MUST;
/* Inside db_write(): a session works in TENANT's WORKSPACE from now on. */
enum err credential_choose(struct scope *sc, int64_t id, int64_t tenant, int64_t workspace) MUST;
/* Inside db_write(): ends one of ACCOUNT's own. ERR_MISSING when there is no such. */
enum err credential_revoke(struct scope *sc, int64_t account, int64_t id) MUST;
/* Inside db_write(): ends one that belongs to sc->tenant. ERR_MISSING when there is no such. */
enum err credential_revoke_of_tenant(struct scope *sc, const char *kind, int64_t id) MUST;
/* Inside db_write(): ends those of sc->tenant that went to EMAIL. */
enum err credential_revoke_email(struct scope *sc, const char *kind, const char *email) MUST;
/* Inside db_write(): ends all of ACCOUNT's of KIND but KEEP (0 for none). */
enum err credential_revoke_all(
	struct scope *sc, int64_t account, const char *kind, int64_t keep) MUST;
/* Inside db_write(): ends what ACCOUNT holds in sc->tenant (keys), and its sessions forget it. */
enum err credential_leave(struct scope *sc, int64_t account) MUST;

/* Inside db_write(): rows that ended more than 30 days ago go. */
enum err credential_sweep(struct scope *sc) MUST;

/* The living ones, newest first. */
enum err credential_list_account(struct scope *sc, int64_t account, const char *kind,
	struct credential **rows, size_t *n) MUST;
/* Those of sc->tenant. */
enum err credential_list_tenant(
	struct scope *sc, const char *kind, struct credential **rows, size_t *n) MUST;

#endif
