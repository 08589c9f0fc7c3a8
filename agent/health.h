/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Does this machine trust itself? Each worry has a cause; the gravest rules. Held: nothing is
 * taken and nothing leaves. Degraded: it works on and says so. A change is a fact for the hub.
 */
#ifndef HEALTH_H
#define HEALTH_H

#include "store/db.h"
#include "wire/wire.h"

enum worry {
	WORRY_DISK,     /* held: hardly any space left */
	WORRY_CLOCK,    /* held: not synchronised */
	WORRY_DATABASE, /* held: nothing can be written */
	WORRY_RESTORED, /* held: this database is a copy of an older one; others acted since */
	WORRY_LOG,      /* held: what becomes of mails cannot be seen */
	WORRY_MAILU,    /* held: MailU is not up, or not to be trusted */
	WORRY_POSTFIX,  /* degraded: it does not take mails */
	WORRY_QUEUE,    /* degraded: Postfix's queue cannot be read */
	WORRY_HOLD,     /* degraded: a stop does not reach mails that Postfix has */
	WORRY_CERT,     /* degraded: the certificate could not be renewed */
	WORRY_CARE,     /* degraded: something of MailU needs looking after */
	WORRIES,
};

struct health_watch;

struct health_watch *health_new(void);
/* Accepts NULL. */
void health_free(struct health_watch *h);

/* WHY NULL: the worry is over. Copied. */
void health_set(struct health_watch *h, enum worry w, const char *why);
bool health_has(const struct health_watch *h, enum worry w);
/* Looks at disk, clock and MailU. */
void health_look(struct scope *sc, struct health_watch *h);
/* Where the state has changed since the last call: tells pacing, the outbox and the database.
 *CHANGED says so. */
enum err health_settle(struct scope *sc, struct health_watch *h, bool *changed) MUST;

enum health health_state(const struct health_watch *h);
/* Of a state that is not ok; else NULL. */
const char *health_why(const struct health_watch *h);

#endif
