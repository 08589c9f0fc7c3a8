/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The fair loop that turns due mails into leased ones. It goes round the tenants that have due mail
 * (`turn`, least recently served first), each under a lease with a fencing number, chooses mailbox
 * and appliance, spends the appliance's credit and skips what must not go. It sends nothing: the
 * bus reads leased rows (handover.h).
 */
#ifndef SEND_DISPATCH_H
#define SEND_DISPATCH_H

#include "base/scope.h"

struct hub;
struct dispatch;

struct dispatch_config {
	int64_t lease_ms; /* real ms a mail may wait at its appliance (not_after); 0 takes 2 h */
	int batch;        /* mails of one tenant in one turn; 0 takes 500 */
	void (*poke)(void *arg); /* called after a turn that leased something; may be NULL */
	void *arg;               /* borrowed */
};

/* One thread. CONFIG is copied. */
enum err dispatch_start(
	struct hub *hub, const struct dispatch_config *config, struct dispatch **out) MUST;
/* There may be due mail. Safe from any thread; accepts NULL. */
void dispatch_poke(struct dispatch *d);
/* Ends the turn in hand, then stops. Accepts NULL. */
void dispatch_stop(struct dispatch *d);

/* One turn here and now for the tenant whose turn it is; SC is a system scope without a tenant.
   OWNER names the process. *SERVED is false when nobody had anything due; *LEASED counts. */
enum err dispatch_turn(struct scope *sc, const struct dispatch_config *config, const char *owner,
	bool *served, int *leased) MUST;

#endif
