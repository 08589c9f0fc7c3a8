/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The demonstration: a company, its machine and its mailboxes, two hundred people, two mails each.
 */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include "world/company.h"

#define DEMO_TENANT "Penguin Demo"
#define DEMO_EMAIL  "demo@penguin.test"

/* A day of the plan passes in this many real milliseconds. */
#define DEMO_DAY_MS 4500
#define DEMO_RATE   (DAY_MS / DEMO_DAY_MS)

struct demo {
	struct lab *lab;
	struct company company;
	const char *campaign; /* its id as text */
	bool ready;           /* only that: somebody else launches it */
};

/* What the sink answers to the domains of tests/demo/contacts.csv. */
extern const char demo_rules[];

/* A running hub gets its tenant, key, appliance (enrolled and started), domain, mailboxes, contacts
   and a campaign, launched unless it shall only be ready. */
enum err demo_set_up(struct scope *sc, struct demo *d, struct bytes contacts) MUST;

struct verdict {
	int64_t people, accepted; /* accepted: distinct Message-IDs */
	int64_t lost, duplicated, redelivered;
};
/* What should have arrived, from CONTACTS and the rules, against what did. */
enum err demo_judge(
	struct scope *sc, struct demo *d, struct bytes contacts, struct verdict *v) MUST;

#endif
