/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Commands to appliances: rows that the bus publishes, again and again, until they are answered or
 * run out. An agent may run one twice (its answer was lost), so each must bear that. What shall
 * last is no command but a part.
 */
#ifndef FLEET_APPLIANCE_COMMAND_H
#define FLEET_APPLIANCE_COMMAND_H

#include "store/db.h"
#include "wire/wire.h"

/* An unanswered one is published again after this long. */
#define COMMAND_REPEAT_MS (10 * SECOND_MS)
/* Answered ones are kept for so long. */
#define COMMAND_KEPT_MS (30 * DAY_MS)

struct appliance_command {
	int64_t id, appliance;
	const char *kind;
	const char *args;   /* JSON text, or NULL */
	const char *state;  /* waiting, done, failed, unsupported, expired */
	const char *reason; /* or NULL */
	const char *body;   /* JSON text, or NULL */
	int64_t created, expires, done_at;
};

struct command_wish {
	int64_t appliance;
	const char *kind; /* a word: a-z, 0-9, '_' */
	const char *args; /* JSON text of at most 64 KiB, or NULL */
	int64_t lasts_ms; /* it is not begun later than so long from now */
};
/* Inside db_write(). ERR_MISSING for a foreign appliance, ERR_CONFLICT for one that will never
   answer, ERR_INPUT where kind or args are none. */
enum err appliance_command_give(struct scope *sc, const struct command_wish *w, int64_t *id) MUST;
enum err appliance_command_find(struct scope *sc, int64_t id, struct appliance_command *c) MUST;
/* The newest first, at most LIMIT; BEFORE is the id that the page before ended with, or 0. */
enum err appliance_command_list(struct scope *sc, int64_t appliance, int64_t before, int limit,
	struct appliance_command **rows, size_t *n) MUST;

/* What APPLIANCE answers. Another's, an unknown or an answered one is left as it is. Inside
   db_write(). */
enum err appliance_command_answered(
	struct scope *sc, int64_t appliance, const struct wire_result *m) MUST;
/* Those that wait, oldest first; what has run out ends as expired. Inside db_write(). */
enum err appliance_command_take(
	struct scope *sc, int64_t appliance, struct appliance_command **rows, size_t *n) MUST;
/* None waits: the bus need not look until the next is given. Inside the same db_write(). */
enum err appliance_command_rest(struct scope *sc, int64_t appliance) MUST;

#endif
