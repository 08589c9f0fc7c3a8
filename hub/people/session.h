/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Signing in and out, and what to do with a forgotten password. */
#ifndef PEOPLE_SESSION_H
#define PEOPLE_SESSION_H

#include "guard/credential.h"

struct signin {
	const char *email;
	const char *password;
	const char *from;  /* the network address it comes from, for counting failures */
	const char *label; /* the browser, as the sessions list shows it */
};

/* ERR_INPUT with one sentence for every wrong pair, ERR_LIMIT after 5 failures in 15 minutes for
   this account or 20 from this address. *TOKEN goes into the cookie. Writes by itself. */
enum err session_signin(struct scope *sc, const struct signin *s, const char **token) MUST;
/* A session for ACCOUNT without a password: right after it proved itself otherwise. TENANT 0 takes
   the first it belongs to. Writes by itself, not within another write. */
enum err session_open(struct scope *sc, int64_t account, int64_t tenant, const char *label,
	const char **token) MUST;
/* Writes by itself. */
enum err session_close(struct scope *sc, int64_t account, int64_t session) MUST;
/* Ends all of ACCOUNT's but KEEP. Writes by itself. */
enum err session_close_others(struct scope *sc, int64_t account, int64_t keep) MUST;
enum err session_list(struct scope *sc, int64_t account, struct credential **rows, size_t *n) MUST;

#define RESET_MS HOUR_MS
/* A token to mail to ACCOUNT's address, or NULL where the address has none (no error, so that
   callers answer the same). ERR_LIMIT after 3 within an hour from one place. Writes by itself. */
enum err reset_ask(struct scope *sc, const char *email, const char *from, const char **token) MUST;
/* Spends TOKEN, sets the password, ends all sessions. *ACCOUNT is whose it was. */
enum err reset_use(
	struct scope *sc, const char *token, const char *password, int64_t *account) MUST;

#endif
