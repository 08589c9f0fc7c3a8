/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The MQTT connection, driven by the agent's loop: says hello, sends what is due, hands what comes
 * to its owner. Nothing here is durable; what must not be lost lies in the spool and the outbox.
 */
#ifndef LINK_H
#define LINK_H

#include "base/scope.h"
#include "wire/wire.h"

struct link;

/* Connects, and goes on trying. The agent's loop, outbox and parts stand. */
enum err link_open(struct scope *sc, struct link **out) MUST;
/* Says goodbye. Accepts NULL. */
void link_close(struct link *l);
bool link_is_up(const struct link *l);
/* The hub moved the broker: reconnects there soon. Accepts NULL. */
void link_move(struct link *l, const char *host, int port);

/* Says hello, reports and measures at once. */
void link_refresh(struct scope *sc, struct link *l);
/* The outcome of a command; lost while it is not up: the hub asks again. */
void link_answer(struct scope *sc, struct link *l, const struct wire_result *m);
/* Publishes the next batch of facts, if one is due. */
void link_facts(struct scope *sc, struct link *l);
/* A copy asks where its mails stand, if that is due; ON: the answer before has come. */
void link_ask(struct scope *sc, struct link *l, bool on);
/* Room, health and parts: at once when FORCE is set or something is new, else when the hub may
   send noticeably more than it was told. */
void link_report(struct scope *sc, struct link *l, int64_t waiting, bool force);
void link_metric(struct scope *sc, struct link *l, const struct wire_metric *m);
/* Asks for a new certificate when its time has come. */
void link_renew(struct scope *sc, struct link *l);

#endif
