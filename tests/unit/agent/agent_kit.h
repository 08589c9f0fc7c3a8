/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* An agent without network: database in a folder of its own, one mailbox that sends all day. */
#ifndef TESTS_AGENT_KIT_H
#define TESTS_AGENT_KIT_H

#include "config.h"
#include "kit.h"

#include "agent.h"
#include "spool.h"
#include "wire/wire.h"

#define KIT_MAILBOX INT64_C(77)
#define KIT_ADDRESS "ann@example.com"

struct agent_kit {
	struct agent agent; /* first: the world of SCOPE */
	struct agent_config config;
	struct scope scope;
};

/* Opens AK->scope; the clock is KIT's. Close it with agent_kit_close(). */
void agent_kit_open(struct scope *sc, struct kit *kit, struct agent_kit *ak);
void agent_kit_close(struct agent_kit *ak);
/* Closes and opens the database and all that is read from it, as a restart does. */
void agent_kit_restart(struct agent_kit *ak);

/* A put of message ID, valid for an hour. */
struct wire_item agent_kit_put(const struct agent_kit *ak, int64_t id);
/* Takes one item as a work of its own; the answer. */
enum taken_answer agent_kit_take(struct agent_kit *ak, const struct wire_item *item);
/* Runs FN inside outbox_write(), which must succeed. */
void agent_kit_write(struct agent_kit *ak, enum err (*fn)(struct scope *, void *), void *arg);
/* Runs SQL beside the agent, on a connection of its own. */
void agent_kit_meddle(struct agent_kit *ak, const char *sql);
/* The item's state, or -1 when the spool has none. */
int agent_kit_state(struct agent_kit *ak, int64_t id);
/* The last fact's kind, 0 when there is none; *FACT may be NULL. */
int agent_kit_last_fact(struct agent_kit *ak, struct wire_fact *fact);

#endif
