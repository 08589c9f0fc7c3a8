/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One turn of the agent: what the injectors brought back, what Postfix's log says, what is past its
 * time and what may leave now go into the database in one transaction; only then do mails go to the
 * injectors and facts to the hub. Many small things share one commit that way.
 */
#ifndef TURN_H
#define TURN_H

#include "base/scope.h"

struct agent;

/* The first turn comes at once. */
enum err turn_start(struct scope *sc, struct agent *a) MUST;
void turn_stop(struct agent *a);
/* Something has changed: the next turn comes at once. */
void turn_soon(struct agent *a);
/* Nothing new begins; the loop ends when what is under way has ended. */
void turn_drain(struct agent *a);

#endif
