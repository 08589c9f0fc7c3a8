/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A hub restored from a copy has forgotten what was leased since. It asks, and each mail that lies
 * in the spool without a fact is named to it, in the order of facts, so that no other appliance is
 * given the same mail.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include "base/scope.h"

/* Writes the facts FACT_HELD and FACT_ACCOUNTED that answer NUMBER; once for each number while the
   daemon lives. 0 asks nothing. */
enum err account_give(struct scope *sc, int64_t number) MUST;

#endif
