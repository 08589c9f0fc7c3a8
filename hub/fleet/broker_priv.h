/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* For broker.c and its tests. */
#ifndef FLEET_BROKER_PRIV_H
#define FLEET_BROKER_PRIV_H

#include "hub.h"

/* The files alone, into an absolute DIR that exists, from this hub's own. */
enum err fleet_broker_files(struct scope *sc, const char *dir) MUST;

#endif
