/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A customer in a lab: a tenant with an owner, an API key, a domain, mailboxes on the lab's
 * appliance, contacts and campaigns. Made by the operator's commands and the API, as anybody would.
 */
#ifndef WORLD_COMPANY_H
#define WORLD_COMPANY_H

#include "client.h"
#include "lab.h"

/* Texts live in the lab's memory. */
struct company {
	struct lab *lab; /* borrowed */
	struct client api;
	const char *name, *email, *password;
	const char *appliance; /* its id as text, once enrolled */
};

/* Account, tenant and key. The account belongs to the operator's staff too. */
enum err company_found(struct scope *sc, struct lab *l, const char *name, const char *email,
	struct company *c) MUST;
void company_close(struct company *c);
/* Plans an appliance, enrols the lab's agent by its token, starts it and waits until the hub has
   heard of it. */
enum err company_enrol(struct scope *sc, struct company *c, const char *name) MUST;
/* The hub says that the appliance is online and every part is applied. */
enum err company_wait_online(struct scope *sc, struct company *c) MUST;
enum err company_domain(struct scope *sc, struct company *c, const char *name) MUST;

struct pace_wish {
	int64_t cap, gap_ms, jitter_ms; /* plan time */
	int64_t from_minute, to_minute; /* every day, UTC */
};
/* *ID may be NULL. */
enum err company_mailbox(struct scope *sc, struct company *c, const char *address,
	const struct pace_wish *pace, const char **id) MUST;

/* Uploads CSV and waits until it is in; the import's id as text. */
enum err company_import(
	struct scope *sc, struct company *c, struct bytes csv, const char **id) MUST;

struct mail_wish {
	int64_t wait_ms; /* plan time after the mail before */
	const char *subject, *html, *text;
};
struct campaign_wish {
	const char *name;
	const char *import;  /* whose people; NULL: everybody */
	const char *mailbox; /* the only one it sends from; NULL: all */
	const struct mail_wish *mails;
	size_t n;
};
/* Made, not launched. */
enum err company_campaign(
	struct scope *sc, struct company *c, const struct campaign_wish *w, const char **id) MUST;
/* POST /api/v1/campaigns/ID/VERB */
enum err company_tell(struct scope *sc, struct company *c, const char *id, const char *verb) MUST;
/* Its `progress`, and its state. */
enum err company_progress(struct scope *sc, struct company *c, const char *id,
	const struct json **progress, const char **state) MUST;

#endif
