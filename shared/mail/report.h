/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Groups of fields as machines write them about mails: delivery status (RFC 3464), feedback reports
 * (RFC 5965), headers alone. Pure functions over bytes that anybody may have written.
 */
#ifndef MAIL_REPORT_H
#define MAIL_REPORT_H

#include "base/arena.h"
#include "base/str.h"

#define REPORT_MAX_FIELDS 64
#define REPORT_MAX_VALUE  998

struct report_field {
	const char *name, *value; /* arena; the value's folded lines joined, and cut where long */
};
struct report_group {
	struct report_field fields[REPORT_MAX_FIELDS]; /* more are left out */
	size_t count;
};

/* The next group of TEXT from *AT on, which moves behind it. False when there is none any more. */
bool report_next(struct arena *mem, struct bytes text, size_t *at, struct report_group *g);
/* NULL where the group has no such field; of several the first. Names as in any header. */
const char *report_value(const struct report_group *g, const char *name);
/* "rfc822; user@host" is "user@host": the value without its type. NULL stays NULL. */
const char *report_typed(const char *value);
/* The enhanced status in a text, "5.1.1", or NULL. */
const char *report_status(struct arena *mem, const char *text);
/* The SMTP code that a diagnostic begins with ("smtp; 550 5.1.1 …"), or 0. */
int report_code(const char *diagnostic);

#endif
