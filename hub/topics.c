/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Everything that an MQTT message can start, and everything that is published of rows. */
#include "bus/bus.h"
#include "fleet/enrolment.h"
#include "fleet/fleet_bus.h"
#include "send/send_bus.h"

#define KIB 1024

/* clang-format off */
static const struct topic topics[] = {
	{ WIRE_HELLO,      16 * KIB,       fleet_hello,    "An appliance connected: what it has" },
	{ WIRE_REPORTED,   64 * KIB,       fleet_reported, "Credit, health, and the state of each part" },
	{ WIRE_TAKEN,      64 * KIB,       send_taken,     "An answer per mail of a batch of work" },
	{ WIRE_EVENT,      WIRE_MAX_PACKET, send_event,    "Facts about mails, acknowledged once stored" },
	{ WIRE_METRIC,     4 * KIB,        fleet_metric,   "Load, disk, queues; every 30 seconds" },
	{ WIRE_PRESENCE,   1 * KIB,        fleet_presence, "The last will" },
	{ WIRE_RESULT,     64 * KIB,       fleet_result,   "The outcome of a command" },
	{ WIRE_SPOOL,      16 * KIB,       send_spool,     "A restored appliance asks where its mails stand" },
	{ WIRE_CSR,        16 * KIB,       fleet_csr,      "A certificate wants to be renewed" },
	{ 0 },
};

static const struct bus_source sources[] = {
	{ "catch up", fleet_catch_up_out },
	{ "parts", fleet_parts_out },
	{ "work",  send_work_out },
	{ "commands", fleet_commands_out },
	{ 0 },
};
/* clang-format on */

const struct bus_doors bus_doors = { topics, sources, enrolment_admit };
