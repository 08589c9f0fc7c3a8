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

/* The DNS records that MailU wants published, as last seen. Arena. */
size_t mailu_records(struct scope *sc, struct mailu *m, struct wire_record **list);

#endif
