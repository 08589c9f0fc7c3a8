/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Backups of this machine's MailU that the hub asks for (command `backup`): made into a sealed file
 * here, brought to the hub in parts over HTTPS, removed; on a thread of their own, one at a time.
 * The key comes with the command, sealed to this machine, and is kept nowhere.
 */
#ifndef VAULT_H
#define VAULT_H

#include "agent.h"
#include "mailu/backup.h"
#include "wire/wire.h"

struct vault;

/* Removes what a process that was killed left. */
enum err vault_start(struct scope *sc, struct vault **out) MUST;
/* Gives up the one under way between two parts. Accepts NULL. */
void vault_stop(struct vault *v);
/* M is answered through link_answer() when the backup is with the hub, or cannot be. While one is
   under way nothing is begun: the hub asks again. */
void vault_ask(struct scope *sc, struct vault *v, const struct wire_command *m);

/* The arguments of M for the machine ID. ERR_INPUT for what is not meant for it. */
struct vault_order {
	const char *backup; /* "bkp_…" */
	struct seal_key key;
};
enum err vault_order_get(struct scope *sc, const struct identity *id, const char *args,
	struct vault_order *out) MUST;

/* `penguin-agent mailu restore hub:BACKUP`: takes one that was released to this machine, and puts
   it in place as mailu_restore() does. */
enum err vault_restore(struct scope *sc, const struct agent_config *c, const char *backup,
	struct mailu_sum *sum) MUST;

#endif
