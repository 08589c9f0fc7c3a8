/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* An installation to measure: a lab with a company, one domain, one mailbox and a campaign of two
   mails. */
#ifndef BENCH_PLACE_H
#define BENCH_PLACE_H

#include "world/company.h"

#include "bench.h"
#include "box.h"
#include "raw.h"

#define PLACE_BOXES 4

struct place {
	struct lab *lab; /* owned */
	struct company company;
	sqlite3 *db;        /* owned; the hub's */
	const char *file;   /* the database's */
	const char *cookie; /* of a signed-in owner: "pm_session=…" */
	const char *campaign_text;
	int64_t tenant, workspace, campaign, node, content, mailbox;
	struct box boxes[PLACE_BOXES];
	int box_count;
};

/* Broker and hub run; BOXES appliances are enrolled and none of them is connected. With none there
   is a real agent instead, and a Postfix that throws away what it takes. */
enum err place_open(struct scope *sc, const struct bench *b, int boxes, struct place *p) MUST;
void place_close(struct place *p);
enum err place_sign_in(struct scope *sc, struct place *p) MUST;
/* N people who have been sent the campaign's first mail: it lies in the queues of the boxes. */
enum err place_fill(struct scope *sc, struct place *p, int n) MUST;
/* N people whose first mail is due. */
enum err place_due(struct scope *sc, struct place *p, int n) MUST;
/* Until none of the campaign's mails is moving. */
enum err place_wait_ended(struct scope *sc, struct place *p) MUST;
/* A copy of the database as it is now. */
enum err place_copy(struct scope *sc, struct place *p, const char *name, const char **file) MUST;

#endif
