/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * All of a MailU that cannot be made again, in one sealed file: its database, keys, configuration,
 * certificates, this machine's secrets and the mail. It is taken while MailU runs, in the order in
 * which what is read later needs what was read before. Left out: Postfix's queue, which is only
 * whole while Postfix stands still, and what Rspamd, Redis and Dovecot's indexes make anew.
 */
#ifndef MAILU_BACKUP_H
#define MAILU_BACKUP_H

#include "base/scope.h"
#include "crypt/seal.h"

struct mailu_place {
	const char *root;   /* MailU's folder */
	const char *folder; /* of this machine's secrets */
};

struct mailu_sum {
	int64_t files, bytes;
};

/* ERR_CONFLICT where FILE exists, ERR_MISSING where no MailU is. Nothing stays of one that fails.
 */
enum err mailu_backup(struct scope *sc, const struct mailu_place *p, const char *file,
	const struct seal_key *key, struct mailu_sum *sum) MUST;
/* Onto a machine without MailU's state: ERR_CONFLICT where there is any. FILE is read to its end
   before anything is written: ERR_INPUT for another key, and for one that was changed or cut off.
   Owners are restored where this process may. */
enum err mailu_restore(struct scope *sc, const struct mailu_place *p, const char *file,
	const struct seal_key *key, struct mailu_sum *sum) MUST;

#endif
