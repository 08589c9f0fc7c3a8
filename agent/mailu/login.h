/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * As whom a mail is handed to MailU: as the mailbox that its envelope sender belongs to, which is
 * what stands before the tag. Passwords are read anew when their file has changed.
 */
#ifndef MAILU_LOGIN_H
#define MAILU_LOGIN_H

#include "base/scope.h"

struct logins; /* the loop's */

struct logins *logins_new(const char *file);
/* Accepts NULL. */
void logins_free(struct logins *l);

/* ERR_MISSING where no password is known. Texts live until the next call. */
enum err login_find(struct scope *sc, struct logins *l, const char *sender, const char **user,
	const char **password) MUST;

/* "b@acme.example" of "b+msg_1@acme.example". Arena. */
const char *login_of(struct scope *sc, const char *sender);

#endif
