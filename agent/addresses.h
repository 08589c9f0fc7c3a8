/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The public addresses that mail leaves this machine from, as hello names them. */
#ifndef AGENT_ADDRESSES_H
#define AGENT_ADDRESSES_H

#include "base/scope.h"

/* Those of SAID, which the configuration names, separated by blanks; where it says nothing, the
   IPv4 address from which this machine reaches the world, if it is a public one. Each once,
   separated by blanks; NULL for none. */
const char *addresses_of(struct scope *sc, const char *said);

#endif
