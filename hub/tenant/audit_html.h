/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Between audit_page.c and audit.tmpl. */
#ifndef TENANT_AUDIT_HTML_H
#define TENANT_AUDIT_HTML_H

#include "tenant/audit.h"
#include "tenant/member.h"
#include "web/door.h"

struct audit_view {
	const struct request *q;
	const struct audit *rows;
	size_t n;
	const struct member *members;
	size_t member_count;
	int64_t who;
	const char *what;
	const char *more;
};
void audit_html(struct scope *sc, struct out *o, const struct audit_view *v);

/* What was done, in the reader's language; unknown actions as they are. */
const char *audit_word(struct scope *sc, const char *action);
/* Where what it was done to is looked at; NULL where there is no page. */
const char *audit_path(struct scope *sc, const struct audit *a);
/* Groups to filter by: what actions begin with. Ended by NULL. */
struct audit_group {
	const char *what, *word;
};
extern const struct audit_group audit_groups[];

#endif
