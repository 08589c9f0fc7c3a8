/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Commands from the hub: few, each with an expiry; what shall last is a part. A command comes again
 * until its result has arrived, so running it twice must do no harm.
 */
#ifndef REMOTE_H
#define REMOTE_H

#include "base/scope.h"
#include "wire/wire.h"

/* Runs M; *RESULT is what to answer, arena. What it does not know it calls unsupported. False: the
   answer comes later, by link_answer(). */
bool remote_run(struct scope *sc, const struct wire_command *m, struct wire_result *result);

#endif
