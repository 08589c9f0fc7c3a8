/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Scores that the hub asks for, on a thread of their own: Rspamd looks up names, which takes
   seconds. One at a time. */
#ifndef SCORER_H
#define SCORER_H

#include "base/scope.h"
#include "wire/wire.h"

struct scorer;

enum err scorer_start(struct scope *sc, struct scorer **out) MUST;
/* Waits for the one under way. Accepts NULL. */
void scorer_stop(struct scorer *s);
/* M is answered through link_answer() when it is known. While another one is under way nothing is
   begun: the hub asks again. */
void scorer_ask(struct scope *sc, struct scorer *s, const struct wire_command *m);

#endif
