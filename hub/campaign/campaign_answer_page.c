/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What people wrote back to a campaign. */
#include "base/id.h"
#include "campaign/campaign_html.h"
#include "campaign/campaign_page.h"

#define PAGE_ROWS 20

struct answers_in {
	int64_t after;
};
FORM(campaign_answers_page_form, struct answers_in, 0,
	FIELD(struct answers_in, after, FIELD_ID, 0, 0, false, ID_LETTER, "After"));

static enum err dress(struct scope *sc, const struct letter *l, struct answer_row *row)
{
	struct contact c;
	enum err e = contact_find(sc, l->contact, &c);

	*row = (struct answer_row){ .l = l };
	if (!e)
		row->who = str_empty(c.email) ? NULL : c.email;
	return e ? e : letter_read(sc, l, &row->words);
}

enum err campaign_answers_page(struct scope *sc, struct request *q, const void *input)
{
	const struct answers_in *in = input;
	struct campaign c;
	struct answers_view v = { .q = q, .c = &c };
	struct letter_filter f = { .after = in->after, .limit = PAGE_ROWS + 1 };
	struct answer_row list[PAGE_ROWS];
	struct letter *rows;
	struct out o;
	enum err e = campaign_find(sc, request_id(q, ID_CAMPAIGN), &c);

	f.campaign = c.id;
	if (!e)
		e = letter_list(sc, &f, &rows, &v.n);
	if (e)
		return e;
	if (v.n > PAGE_ROWS) {
		v.n = PAGE_ROWS;
		v.more = arena_printf(sc->mem, "%s?after=%s", campaign_path(sc, c.id, "/answers"),
			id_format(sc->mem, ID_LETTER, rows[PAGE_ROWS - 1].id));
	}
	for (size_t i = 0; i < v.n && !e; i++)
		e = dress(sc, &rows[i], &list[i]);
	if (e)
		return e;
	v.rows = list;
	out_init(&o, sc->mem);
	answers_html(sc, &o, &v);
	reply_page(sc, q, &(struct page){ .title = c.name, .nav = "campaigns", .body = &o });
	return ERR_NONE;
}
