/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * All that can be wrong with a message of the wire, made from its table of fields and the bytes
 * recorded of a good one: a message or field that is added is covered by itself.
 */
#ifndef TESTS_GARBLE_H
#define TESTS_GARBLE_H

#include "base/str.h"
#include "kit.h"
#include "wire/wire.h"

struct garbled {
	const char *what; /* arena; what is wrong with it */
	struct bytes payload;
};

/* The bytes recorded of TYPE. */
struct bytes garble_good(struct scope *sc, enum wire_type type);
/* Each of LIST is to be refused by the decoder of TYPE. */
void garble(struct scope *sc, enum wire_type type, struct garbled **list, size_t *n);

#endif
