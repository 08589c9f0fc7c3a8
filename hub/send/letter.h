/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What people wrote back. The fact that tells of an answer names its words by their SHA-256; the
 * machine brings them over HTTPS afterwards, and only what such a fact named is taken, from that
 * machine alone. The words lie in an object, sealed, and go with the person.
 */
#ifndef SEND_LETTER_H
#define SEND_LETTER_H

#include "event/event.h"
#include "store/db.h"
#include "wire/wire.h"

struct letter {
	int64_t id, message, campaign, contact;
	const char *kind; /* "replied", "auto_replied" */
	int64_t at;       /* real ms it was read */
	int64_t object;   /* 0 until the words came */
};

struct letter_new {
	int64_t message, appliance, workspace, campaign, contact;
	const char *kind; /* static */
	const char *hash; /* of its words, hex */
	int64_t at;
};
/* Inside db_write(): its words may come. Nothing for a person who was erased. */
enum err letter_await(struct scope *sc, const struct letter_new *l) MUST;
/* BODY is a wire_letter that APPLIANCE brings, and HASH what it calls it; calls db_write() itself.
   Twice is once. ERR_MISSING for what is not waited for, ERR_INPUT for what is no letter or not
   what it is called. */
enum err letter_take(struct scope *sc, int64_t appliance, const char *hash, struct bytes body) MUST;
/* Inside db_write(): all of CONTACT's go. */
enum err letter_forget(struct scope *sc, int64_t contact) MUST;

/* Newest first, of one campaign or one contact; AFTER is the id the last page ended with. */
struct letter_filter {
	int64_t campaign, contact;
	int64_t after;
	int limit;
};
enum err letter_list(
	struct scope *sc, const struct letter_filter *f, struct letter **rows, size_t *n) MUST;
/* *OUT is NULL where the words have not come, or are no longer kept. */
enum err letter_read(struct scope *sc, const struct letter *l, const struct wire_letter **out) MUST;
/* What the facts ROWS say was written: an arena array beside them, NULL where nothing was. */
enum err letter_of_facts(struct scope *sc, const struct event_row *rows, size_t n,
	const struct wire_letter *const **out) MUST;

#endif
