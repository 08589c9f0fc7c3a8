/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The MailU of this machine as the agent's loop sees it: parts go in, what became of them comes
 * back when it is known. The work takes minutes and is done by a thread of its own, which does not
 * look at the database.
 */
#ifndef MAILU_H
#define MAILU_H

#include "base/scope.h"
#include "wire/mailu.h"

struct agent;
struct mailu;

/* Nothing is done before mailu_start(). */
struct mailu *mailu_new(struct agent *a);
/* Ends the thread, which leaves what it was doing to its next start. Accepts NULL. */
void mailu_free(struct mailu *m);
enum err mailu_start(struct scope *sc, struct mailu *m) MUST;

/* Whether part NAME is this one's business. */
bool mailu_has(const char *name);
/* ERR_INPUT where BODY of part NAME cannot be. */
enum err mailu_check_body(struct scope *sc, const char *name, struct bytes body) MUST;
/* BODY of VERSION has been checked and is wanted; copied. STANDS: it was applied in an earlier
   life. What becomes of another one arrives at parts_done(). */
void mailu_want(struct mailu *m, const char *name, int64_t version, const char *body, bool stands);

/* One was asked for: mails are handed to it and to nobody else, also while it does not run. */
bool mailu_rules(struct mailu *m);
/* It runs, and nothing speaks against it. */
bool mailu_works(struct mailu *m);
/* The queue of the Postfix that mails are handed to: MailU's, or the configured one. */
const char *mailu_queue(struct scope *sc, struct mailu *m);
/* The container of MailU's Postfix as last seen, by its id; NULL where it does not run. Arena. */
const char *mailu_postfix(struct scope *sc, struct mailu *m);
/* The socket of the engine that runs it. */
const char *mailu_engine(const struct mailu *m);
/* As whom a mail from SENDER is handed to it. ERR_MISSING where that is not known yet. Texts live
   until the next call. */
enum err mailu_login(struct scope *sc, struct mailu *m, const char *sender, const char **user,
	const char **password) MUST;
/* MailU did not let us in: passwords are looked at soon. */
void mailu_refused(struct mailu *m);

struct mailu_health {
	const char *held, *degraded; /* arena; NULL: all is well */
};
struct mailu_health mailu_health(struct scope *sc, struct mailu *m);
/* Every named check of the last look. Arena. */
size_t mailu_checks(struct scope *sc, struct mailu *m, struct wire_check **list);

/* Records and checks of a report. Arena. */
void mailu_report(struct scope *sc, struct mailu *m, struct wire_reported *r);
/* The DNS records that MailU wants published, as last seen. Arena. */
size_t mailu_records(struct scope *sc, struct mailu *m, struct wire_record **list);

#endif
