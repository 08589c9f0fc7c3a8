/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* An agent with lanes: one mailbox that sends as fast as it can, and the hub's part. */
#ifndef TESTS_LANES_KIT_H
#define TESTS_LANES_KIT_H

#include "agent_kit.h"

#include "logline.h"
#include "wire/warmup.h"

/* Everything by plan "standard". */
extern const struct part_warmup lanes_warm;

/* PART with that plan, as version 3. */
void lanes_kit_set(struct scope *sc, struct agent_kit *ak, struct part_warmup part);
void lanes_kit_box(struct agent_kit *ak);
void lanes_kit_open(
	struct scope *sc, struct kit *kit, struct agent_kit *ak, struct part_warmup part);
/* A restart reads the part back as parts.c does. */
void lanes_kit_restart(struct scope *sc, struct agent_kit *ak, struct part_warmup part);
/* N follow-ups towards PROVIDER, from message ID on. */
void lanes_kit_take(struct agent_kit *ak, int64_t id, int n, const char *provider);
/* Everything that may leave now is in Postfix, as "Q" and its number; how many these are. */
int lanes_kit_send(struct agent_kit *ak);
/* Postfix's log tells of message ID. */
void lanes_kit_say(struct agent_kit *ak, int64_t id, enum logline_kind kind, int code,
	const char *status, const char *text);

#endif
