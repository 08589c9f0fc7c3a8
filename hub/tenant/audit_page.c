/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/audit_page.h"

#include "base/id.h"
#include "tenant/audit_html.h"
#include "text/html.h"
#include "text/url.h"

#define PAGE_ROWS 50

struct audit_in {
	int64_t before, who;
	const char *what;
};
FORM(audit_page_form, struct audit_in, 0,
	FIELD(struct audit_in, before, FIELD_INT, 0, INT64_MAX, false, NULL, "Before"),
	FIELD(struct audit_in, who, FIELD_ID, 0, 0, false, ID_ACCOUNT, "Who"),
	FIELD(struct audit_in, what, FIELD_TEXT, 0, 40, false, NULL, "What"));

static const char *next_page(struct scope *sc, const struct audit_in *in, int64_t last)
{
	struct out o;

	out_init(&o, sc->mem);
	out_text(&o, "/settings/audit");
	if (in->who)
		url_add(&o, "who", id_format(sc->mem, ID_ACCOUNT, in->who));
	if (!str_empty(in->what))
		url_add(&o, "what", in->what);
	url_add(&o, "before", arena_printf(sc->mem, "%lld", (long long)last));
	return o.data;
}

enum err audit_page(struct scope *sc, struct request *q, const void *input)
{
	const struct audit_in *in = input;
	struct audit_view v = { .q = q, .who = in->who, .what = in->what };
	struct audit_filter f = { in->before, in->who, in->what, PAGE_ROWS + 1 };
	struct member *members;
	struct audit *rows;
	struct out o;
	enum err e = audit_list(sc, &f, &rows, &v.n);

	if (!e)
		e = member_list(sc, &members, &v.member_count);
	if (e)
		return e;
	v.rows = rows;
	v.members = members;
	if (v.n > PAGE_ROWS) {
		v.n = PAGE_ROWS;
		v.more = next_page(sc, in, rows[PAGE_ROWS - 1].id);
	}
	out_init(&o, sc->mem);
	audit_html(sc, &o, &v);
	reply_page(sc, q, &(struct page){ .title = t("Audit"), .nav = "settings", .body = &o });
	return ERR_NONE;
}
