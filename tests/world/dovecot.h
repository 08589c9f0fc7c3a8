/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A private Dovecot in the lab's folder: mailboxes that are read over IMAP, and that a test puts
   mail into. Each has the same password, and comes to be when somebody signs in. */
#ifndef WORLD_DOVECOT_H
#define WORLD_DOVECOT_H

#include "lab.h"

#define DOVECOT_PASSWORD "penguin"

struct dovecot {
	struct lab *lab; /* borrowed */
	struct proc proc;
	const char *folder; /* the lab's memory */
	int port, mails;
};

enum err dovecot_start(struct scope *sc, struct lab *l, struct dovecot *d) MUST;
void dovecot_stop(struct dovecot *d);
/* A mail for ADDRESS, as a server leaves it there. */
enum err dovecot_put(
	struct scope *sc, struct dovecot *d, const char *address, const char *mail) MUST;
/* How many mails ADDRESS has, and how many of these somebody has read. */
int64_t dovecot_count(struct scope *sc, struct dovecot *d, const char *address, int64_t *seen);

#endif
