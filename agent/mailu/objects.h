/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Domains, keys, mailboxes, aliases and application tokens in MailU, made to be what the hub wants.
 * Each run looks at all there is and changes only what differs, so it also puts right what others
 * changed. What is ours carries a mark in its comment; only that is ever removed.
 */
#ifndef MAILU_OBJECTS_H
#define MAILU_OBJECTS_H

#include "mailu/api.h"
#include "mailu/spec.h"

struct objects {
	struct wire_record *records; /* arena */
	size_t record_count;
	size_t changes;   /* made in this run */
	size_t strangers; /* mailboxes and domains that are neither wanted nor ours */
};

/* TOKENS is the file the application passwords are kept in. The first failure ends the run; what
   was done until then is kept, and the next run goes on from there. */
enum err objects_settle(struct scope *sc, const struct api *api, const struct mailu_spec *spec,
	const struct part_accounts *accounts, const char *tokens, struct objects *out) MUST;

#endif
