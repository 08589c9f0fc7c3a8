/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What appliances say of themselves, and what is sent to them of their shelf. For hub/topics.c. */
#ifndef FLEET_FLEET_BUS_H
#define FLEET_FLEET_BUS_H

#include "bus/bus.h"

enum err fleet_hello(struct scope *sc, int64_t appliance, struct bytes payload) MUST;
enum err fleet_reported(struct scope *sc, int64_t appliance, struct bytes payload) MUST;
enum err fleet_metric(struct scope *sc, int64_t appliance, struct bytes payload) MUST;
enum err fleet_presence(struct scope *sc, int64_t appliance, struct bytes payload) MUST;
enum err fleet_result(struct scope *sc, int64_t appliance, struct bytes payload) MUST;
enum err fleet_csr(struct scope *sc, int64_t appliance, struct bytes payload) MUST;

/* Parts that are newer than reported. */
enum err fleet_parts_out(struct scope *sc) MUST;
/* Commands that wait for an answer. */
enum err fleet_commands_out(struct scope *sc) MUST;
/* The question that a restored hub has for each appliance, until it is answered. */
enum err fleet_catch_up_out(struct scope *sc) MUST;

#endif
