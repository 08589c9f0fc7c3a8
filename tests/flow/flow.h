/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What flow tests share: one lab for the whole program, started by the first test that needs it
 * (DB=sqlite or postgres in the environment). A test makes its own tenant in it and leaves every
 * part running as it found it.
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include "kit.h"

#include "world/lab.h"
#include "world/wait.h"

/* Sink and Postfix run; no hub. */
struct lab *flow_mailers(struct scope *sc);
/* SQLite or PostgreSQL as DB says. */
enum lab_db flow_db(void);

/* Gives one mail to Postfix by SMTP. */
void flow_mail(struct scope *sc, struct lab *l, const char *from, const char *to);

#endif
