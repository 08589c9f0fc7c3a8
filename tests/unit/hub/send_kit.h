/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A tenant that can send: workspace, appliance with credit, mailboxes, a running campaign. */
#ifndef TESTS_SEND_KIT_H
#define TESTS_SEND_KIT_H

#include "hub_kit.h"
#include "store/db.h"

struct send_world {
	struct hub *hub;
	int64_t workspace, appliance, domain, mailbox, second, campaign, content;
};

/* With a store. CREDIT is what the appliance takes. */
void kit_send(struct scope *sc, struct kit *kit, int64_t credit, struct send_world *w);
/* For CLEANUP: what kit_send() made beside rows. */
void kit_send_done(struct send_world *w);
/* The same rows for another tenant, whose ids are BASE and following; SC acts for it then. */
void kit_send_tenant(
	struct scope *sc, int64_t tenant, int64_t base, int64_t credit, struct send_world *w);
int64_t kit_contact(struct scope *sc, const struct send_world *w, const char *email);
/* A due first mail to CONTACT; KEY makes it one of a kind. */
int64_t kit_mail(struct scope *sc, const struct send_world *w, int64_t contact, const char *key);
/* Runs one statement of a test's own with the tenant bound. */
void kit_run(struct scope *sc, const struct sql *q, struct binds b);

#endif
