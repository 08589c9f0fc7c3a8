/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Names templates may use. Each has one spelling (contact.first_name); the ones people also write
 * ({{ first_name }}, {{ contact.firstName }}, {{ custom.plan }}) mean the same. Everything else
 * behind `contact.` is a field of the workspace's own.
 */
#ifndef CONTENT_NAME_H
#define CONTENT_NAME_H

#include "base/scope.h"

enum name {
	NAME_UNKNOWN,
	NAME_EMAIL,
	NAME_NAME,
	NAME_FIRST_NAME,
	NAME_LAST_NAME,
	NAME_COMPANY,
	NAME_COUNTRY,
	NAME_LANG,
	NAME_FIELD, /* of the workspace's own */
	NAME_SENDER_NAME,
	NAME_SENDER_FIRST_NAME,
	NAME_SENDER_EMAIL,
	NAME_WORKSPACE,
	NAME_TENANT,
	NAME_POSTAL,
	NAME_UNSUBSCRIBE,
	NAME_YEAR,
	NAME_LINK, /* a tracked link, put in by content_with_links() */
	NAMES,
};

/* What WRITTEN means. *FIELD is the field's name of NAME_FIELD, *N the number of NAME_LINK. */
enum name name_find(struct arena *mem, const char *written, const char **field, int64_t *n);
/* The spelling of NAME, or NULL where it has none of its own. */
const char *name_spelling(enum name n);

#endif
