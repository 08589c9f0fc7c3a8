/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * DKIM keys beside those that sign: MailU makes keys of its one selector alone, and takes up a file
 * that lies where it looks. So the next selector's are made here, long before they sign, and those
 * of a selector that nobody wants any more are removed.
 */
#ifndef MAILU_KEY_H
#define MAILU_KEY_H

#include "mailu/spec.h"
#include "wire/wire.h"

#define KEY_RECORDS 2 /* of one domain at most */

/* Of the domain that MailU's files call NAME and the hub DOMAIN. Adds the records of the next and
   the old selector's keys to OUT; counts what was made or removed in *CHANGES. */
enum err key_settle(struct scope *sc, const struct mailu_spec *spec, const char *name,
	const char *domain, struct wire_record *out, size_t *count, size_t *changes) MUST;
/* All of them go, whatever their selector. */
enum err key_drop(struct scope *sc, const struct mailu_spec *spec, const char *name) MUST;

#endif
