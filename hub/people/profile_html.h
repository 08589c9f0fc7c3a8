/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Between profile_page.c and profile.tmpl. */
#ifndef PEOPLE_PROFILE_HTML_H
#define PEOPLE_PROFILE_HTML_H

#include "guard/credential.h"
#include "people/account.h"
#include "tenant/member.h"
#include "web/door.h"
#include "web/part.h"

struct profile_view {
	const struct request *q;
	const struct account *a;
	const struct option *langs, *zones;
	size_t lang_count, zone_count;
	const struct membership *companies; /* to choose from, where there are several */
	size_t company_count;
	int64_t company; /* the one chosen */
};
void profile_html(struct scope *sc, struct out *o, const struct profile_view *v);

struct sessions_view {
	const struct request *q;
	const struct credential *rows;
	size_t n;
	int64_t mine; /* the session that asks */
};
void sessions_html(struct scope *sc, struct out *o, const struct sessions_view *v);

#endif
