/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The broker's configuration as text files. */
#ifndef FLEET_BROKER_H
#define FLEET_BROKER_H

#include "store/db.h"

/* Writes DIR/mosquitto.conf and what it names. System scope. */
enum err fleet_broker_sync(struct scope *sc, const char *dir) MUST;

#endif
