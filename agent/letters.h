/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What people wrote back, on its way up: a letter is written down with the fact that names it, and
 * put to the hub over HTTPS once that fact is acknowledged, so that the hub knows what it waits
 * for. One at a time, on a thread that lives as long as that takes; again and again until the hub
 * has it or says that it wants none. It stays as long as its fact does.
 */
#ifndef LETTERS_H
#define LETTERS_H

#include "base/str.h"
#include "store/db.h"

struct letters;

#define LETTERS_MOST (16 * 1024 * 1024) /* bytes of them; beyond, what the hub has goes first */

/* Inside outbox_write(): keeps BODY. *OBJECT is its name, NULL where there is no room for it. */
enum err letters_add(struct scope *sc, struct bytes body, const char **object) MUST;
/* Inside db_write(): the hub has only facts up to MARK. */
enum err letters_again(struct scope *sc, int64_t mark) MUST;
/* Inside db_write(): those whose facts are forgotten go. */
enum err letters_tidy(struct scope *sc) MUST;

struct letter_due {
	const char *object; /* NULL for none */
	struct bytes body;
};
/* The oldest that the hub lacks and, by its facts up to ACKED, waits for. */
enum err letters_due(struct scope *sc, int64_t acked, struct letter_due *due) MUST;
/* The hub has it, or wants none of it. Calls db_write() itself. */
enum err letters_stored(struct scope *sc, const char *object) MUST;

/* The loop and the outbox stand. */
enum err letters_start(struct scope *sc, struct letters **out) MUST;
/* Waits for the one under way. Accepts NULL. */
void letters_stop(struct letters *x);
/* Once a second: sends the next where it is time. */
void letters_turn(struct letters *x);

#endif
