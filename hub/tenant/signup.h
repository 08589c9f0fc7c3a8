/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Open sign-up, where the operator allows it: an address is proved by a link first, then account,
 * company and ownership are made in one write. Nothing exists before.
 */
#ifndef TENANT_SIGNUP_H
#define TENANT_SIGNUP_H

#include "store/db.h"

#define SIGNUP_MS (24 * HOUR_MS)

/* A token for EMAIL, and whether it has an account already: the caller mails one or the other and
   answers the same. ERR_LIMIT after 5 within an hour from one place. Writes by itself. */
enum err signup_ask(struct scope *sc, const char *email, const char *from, const char **token,
	bool *known) MUST;
/* The address TOKEN stands for; ERR_AUTH when it is not good any more. */
enum err signup_find(struct scope *sc, const char *token, const char **email) MUST;

struct signup {
	const char *company, *name, *password;
	const char *locale; /* may be NULL */
};
/* Spends TOKEN. */
enum err signup_use(struct scope *sc, const char *token, const struct signup *s, int64_t *account,
	int64_t *tenant) MUST;

#endif
