/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef BOX_BOX_PRIV_H
#define BOX_BOX_PRIV_H

#include <sys/types.h>

#include "box/box.h"

/* How the child PID ended, which is gone afterwards. Whatever it closed, it may go on living:
   ERR_INPUT for one that does so UNTIL (monotonic ms). */
enum err box_reap(struct scope *sc, pid_t pid, int64_t until) MUST;

#endif
