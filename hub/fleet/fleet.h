/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The fleet as a whole: its start and the hand that stops all of it. Addresses come from the
 * configuration: agents_url, broker.agent_host and broker.agent_port are what machines are told.
 */
#ifndef FLEET_FLEET_H
#define FLEET_FLEET_H

#include "hub.h"
#include "store/db.h"

/* After the migrations, in a system scope: authorities, this hub's certificate files, and the part
   `link` of every appliance where addresses or clock have changed. */
enum err fleet_start(struct scope *sc) MUST;

/* Every appliance of every tenant stops, or goes on as its own state and its tenant's standing say.
   System scope; writes by itself. REASON NULL lets it go on. */
enum err fleet_halt(struct scope *sc, const char *reason) MUST;
/* The reason of a halt, or NULL. */
enum err fleet_halted(struct scope *sc, const char **reason) MUST;

/*
 * The part `control` follows from three things: the appliance's state, its tenant's standing and a
 * halt of the fleet. These write it anew, and with it uplink.stopped, which makes uplink_spend()
 * refuse. Inside db_write().
 */
enum err control_put(struct scope *sc, int64_t appliance) MUST;
/* For every appliance of the scope's tenant. */
enum err control_refresh(struct scope *sc) MUST;
/* The part `link`, from the configuration and the clock. Inside db_write(). */
enum err link_put(struct scope *sc, int64_t appliance) MUST;
/* Its text as it would be written now. */
enum err link_text(struct scope *sc, struct bytes *body) MUST;

#endif
