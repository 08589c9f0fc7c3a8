/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Mail over the bus: what appliances answer and report, and work for them. For hub/topics.c. */
#ifndef SEND_SEND_BUS_H
#define SEND_SEND_BUS_H

#include "bus/bus.h"

enum err send_taken(struct scope *sc, int64_t appliance, struct bytes payload) MUST;
enum err send_event(struct scope *sc, int64_t appliance, struct bytes payload) MUST;
/* The same without the answer, which is *ACK: a mark and the epoch it belongs to. */
enum err send_event_store(
	struct scope *sc, int64_t appliance, struct bytes payload, struct wire_ack *ack) MUST;

enum err send_spool(struct scope *sc, int64_t appliance, struct bytes payload) MUST;

/* Leased mails and recalls. */
enum err send_work_out(struct scope *sc) MUST;

#endif
