/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The broker (mosquitto) is only a wire, and this writes everything it is told: two listeners, one
 * for appliances and one for hubs, each with its own authority, names taken from certificates, and
 * topics by pattern, so that a machine can speak and hear for itself alone.
 */
#ifndef FLEET_BROKER_H
#define FLEET_BROKER_H

#include "store/db.h"

/*
 * Writes mosquitto.conf into DIR (made where it is not) with all the files it names, readable by
 * their group. Run again, it brings authorities and the list of revoked certificates up to date.
 * System scope. *PID, where PID is not NULL, is what DIR/mosquitto.pid says of the broker that runs
 * with it; 0 for none.
 */
enum err fleet_broker_sync(struct scope *sc, const char *dir, int64_t *pid) MUST;
/*
 * Tells the broker PID to read its files again (SIGHUP), and ends the living connections of
 * appliances revoked within the last week: a broker reads its list of revoked certificates only for
 * new connections, so each is taken over by a certificate of its name that lives ten minutes.
 * System scope.
 */
enum err fleet_broker_kick(struct scope *sc, const char *dir, int64_t pid, int *kicked) MUST;

#endif
