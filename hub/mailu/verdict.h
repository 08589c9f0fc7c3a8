/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What an appliance's Rspamd thinks of a mail that is not sent yet: asked by a command, read from
   its answer. */
#ifndef MAILU_VERDICT_H
#define MAILU_VERDICT_H

#include "fleet/appliance_command.h"

#define VERDICT_COMMAND "score"

struct verdict_symbol {
	const char *name, *description; /* description may be NULL */
	int64_t score;                  /* thousandths */
};
struct mail_verdict {
	int64_t score, required;     /* thousandths; at REQUIRED it is refused */
	const char *action;          /* Rspamd's word: "no action", "add header", "reject" … */
	struct verdict_symbol *list; /* the gravest first */
	size_t count;
};

/* Inside db_write(): MAIL, complete and naming nobody, as USER would hand it in. ERR_CONFLICT where
   MailU is not on there, ERR_INPUT for a mail that is too long. *COMMAND is its id. */
enum err verdict_ask(struct scope *sc, int64_t appliance, const char *user, const char *mail,
	int64_t *command) MUST;
/* Of a command that is done. ERR_INPUT where its answer is no score. */
enum err verdict_read(
	struct scope *sc, const struct appliance_command *c, struct mail_verdict *out) MUST;

#endif
