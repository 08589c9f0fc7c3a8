/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A small company that can launch a campaign, and the voice of its appliance. */
#ifndef TESTS_COMPANY_KIT_H
#define TESTS_COMPANY_KIT_H

#include "campaign/campaign.h"
#include "hub_kit.h"
#include "wire/wire.h"

struct company {
	int64_t appliance, mailbox;
};

struct mail {
	int64_t id;
	const char *state, *key, *thread;
};

/* "Hello {{ contact.name }}", and two days later a follow-up. */
extern const struct campaign_step two_steps[2];

/* A hub with KIT_TENANT, its workspace 77 chosen, and all that a launch asks for but people. */
struct company company_open(struct scope *sc, struct kit *kit);
/* The workspace alone. */
void company_workspace(struct scope *sc);
/* p0@example.org … */
void company_people(struct scope *sc, int n);
int64_t make_campaign(struct scope *sc, const struct campaign_step *steps, size_t n);
/* Checks both identities on the way. */
struct campaign_progress progress(struct scope *sc, int64_t id);
void run_jobs(struct scope *sc);
/* The same, and the installation's own KIND as if its time had come. */
void run_periodic(struct scope *sc, const char *kind);
void run_followers(struct scope *sc);
/* In the order they were made. */
struct mail *mails(struct scope *sc, int64_t campaign, size_t *n);

/* FN is one of the three below; WHAT an enum taken_answer or an enum fact. */
void say(struct scope *sc, const struct company *c, int64_t id, db_write_fn *fn, int64_t what);
enum err say_lease(struct scope *sc, void *arg);
enum err say_answer(struct scope *sc, void *arg);
enum err say_report(struct scope *sc, void *arg);
/* From due to END. */
void deliver(struct scope *sc, const struct company *c, int64_t id, enum fact end);

#endif
