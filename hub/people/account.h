/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Accounts: persons who can sign in, whichever tenants they belong to. */
#ifndef PEOPLE_ACCOUNT_H
#define PEOPLE_ACCOUNT_H

#include "store/db.h"

#define PASSWORD_MIN 12
#define PASSWORD_MAX 200

struct account {
	int64_t id;
	const char *email;  /* arena; as typed */
	const char *name;   /* arena */
	const char *locale; /* arena; NULL follows the browser */
	const char *zone;   /* arena; IANA; NULL follows the tenant */
	const char *theme;  /* arena; "light", "dark"; NULL follows the system */
	bool staff;
	int64_t verified_at; /* 0: the address was never proved */
	const char *state;   /* arena; "active", "locked", "closed" */
	int64_t created;
};

struct account_new {
	const char *email;
	const char *name;
	const char *password; /* NULL: none yet, a reset sets it */
	const char *hash;     /* instead of PASSWORD: made before a write that must not wait */
	const char *locale;   /* may be NULL */
	const char *zone;     /* may be NULL */
	bool staff;
	bool verified; /* the address was proved by a link that was sent to it */
};

/* The form in which addresses of accounts are compared; ERR_INPUT about field `email`. */
enum err account_key(struct scope *sc, const char *email, const char **key) MUST;
/* Length, and not the address or name itself; ERR_INPUT about field `password`. */
enum err account_check_password(struct scope *sc, const char *password, const char *email) MUST;

/* ERR_CONFLICT when the address has an account. Writes by itself; joins an open write, and then
   takes a HASH (password_hash), for hashing is slow. */
enum err account_add(struct scope *sc, const struct account_new *a, int64_t *id) MUST;
enum err account_find(struct scope *sc, int64_t id, struct account *out) MUST;
enum err account_find_email(struct scope *sc, const char *email, struct account *out) MUST;
/* All accounts by address, for the operator. */
enum err account_list(struct scope *sc, struct account **rows, size_t *n) MUST;

struct account_profile {
	const char *name;
	const char *locale; /* "" follows the browser */
	const char *zone;   /* "" follows the tenant */
	const char *theme;  /* "" follows the system */
};
enum err account_set_profile(struct scope *sc, int64_t id, const struct account_profile *p) MUST;
/* Ends all sessions but KEEP (a credential, or 0). Writes by itself. */
enum err account_set_password(
	struct scope *sc, int64_t id, const char *password, int64_t keep) MUST;
/* Inside db_write(): the same with a HASH made before. */
enum err account_set_hash(struct scope *sc, int64_t id, const char *hash, int64_t keep) MUST;
/* ERR_INPUT about field `password` unless it is the account's. */
enum err account_prove(struct scope *sc, int64_t id, const char *password) MUST;
/* Inside db_write(): the address is proved now. */
enum err account_verified(struct scope *sc, int64_t id) MUST;

#endif
