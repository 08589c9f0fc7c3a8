/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What holds a mail, who set that and when it lifts; what became of one that is gone; how the agent
   stands. Reads the database, beside the daemon. */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "base/out.h"
#include "base/scope.h"

/* ERR_INPUT when TEXT is no message id, ERR_MISSING when it never came here. */
enum err explain_message(struct scope *sc, const char *text, bool json, struct out *o) MUST;
enum err explain_status(struct scope *sc, bool json, struct out *o) MUST;

#endif
