/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What flow tests share: one lab for each process of the program, started by the first test that
 * needs it (DB=sqlite or postgres in the environment), with one company in it. A test brings its
 * own people and mailbox and leaves every part running as it found it. Others run beside it in labs
 * of their own, so it may wait but not measure; one that must have the machine to itself is a
 * TEST_WHEN(name, TEST_SOLO).
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include "kit.h"

#include "world/company.h"
#include "world/lab.h"
#include "world/wait.h"

/* A day of the plan passes in this many real milliseconds. */
#define FLOW_DAY_MS INT64_C(4800)
#define FLOW_RATE   (DAY_MS / FLOW_DAY_MS)

/* A file of contacts from a literal. */
#define CSV(text) bytes_of(text, sizeof(text) - 1)

enum lab_db flow_db(void);
/* Sink and Postfix run; no hub. */
struct lab *flow_mailers(struct scope *sc);
/* Everything runs, and the company's appliance is online. */
struct company *flow_company(struct scope *sc);
/* Such a one was started in this process. */
bool flow_has_company(void);
/* Gives one mail to Postfix by SMTP. */
void flow_mail(struct scope *sc, struct lab *l, const char *from, const char *to);

/* A new mailbox that sends as fast as it can, or one mail in GAP_MS of plan time. */
const char *flow_mailbox(struct scope *sc, struct company *c, int64_t gap_ms);
/* From now on a slow MAILBOX sends as fast as it can: what a test had to see happened on a machine
   of any speed while it was slow, and the rest need not last. */
void flow_hurry(struct scope *sc, struct company *c, const char *mailbox);
/* N people NAME1@DOMAIN …; their import. */
const char *flow_people(
	struct scope *sc, struct company *c, const char *name, const char *domain, int n);
/* A launched campaign of one or two mails, the second an hour of the plan after the first. */
const char *flow_launch(
	struct scope *sc, struct company *c, const char *import, const char *mailbox, int mails);
/* One number of the campaign's progress; -1 when it cannot be had. */
int64_t flow_count(struct scope *sc, struct company *c, const char *campaign, const char *what);
bool flow_is(struct scope *sc, struct company *c, const char *campaign, const char *state);
/* Both identities hold now. */
void flow_check_exact(struct scope *sc, struct company *c, const char *campaign);
/* Mails the sink accepted whose recipient begins with NAME; and how many Message-IDs of them came
   under two queue ids. */
int64_t flow_accepted(struct scope *sc, struct lab *l, const char *name, int64_t *twice);
/* Lines of the sink's record that say WHAT about a recipient that begins with NAME. */
int64_t flow_said(struct scope *sc, struct lab *l, const char *what, const char *name);

#endif
