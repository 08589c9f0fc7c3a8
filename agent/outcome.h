/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What becomes of mails: each news moves its item and writes the fact, inside outbox_write(). News
   that were known change nothing. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "inject.h"
#include "logline.h"
#include "spool.h"

/* What an injector brought back. */
enum err outcome_injected(struct scope *sc, const struct injection *i) MUST;
/* What the log says. */
enum err outcome_logged(struct scope *sc, const struct logline *line) MUST;
/* Postfix is known to have it, by log or queue file. */
enum err outcome_found(struct scope *sc, int64_t id, const char *queue_id) MUST;
/* Never injected under this lease. */
enum err outcome_unsent(struct scope *sc, int64_t id, const char *why) MUST;
/* Nobody can say; never sent again. */
enum err outcome_unknown(struct scope *sc, int64_t id, const char *why) MUST;

#endif
