/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/id.h"
#include "campaign/campaign_html.h"
#include "campaign/campaign_page.h"
#include "text/html.h"

struct score_in {
	int64_t n;
};
FORM(campaign_score_page_form, struct score_in, 0,
	FIELD(struct score_in, n, FIELD_INT, 0, CAMPAIGN_MAX_STEPS - 1, false, NULL, "Step"));

enum err campaign_score_ask_page(struct scope *sc, struct request *q, const void *input)
{
	const struct score_in *in = input;
	int64_t id = request_id(q, ID_CAMPAIGN), command;
	enum err e = campaign_score(sc, id, (int)in->n, &command);

	if (e)
		return e;
	reply_go(sc, q,
		campaign_path(sc, id,
			arena_printf(
				sc->mem, "/score/%s", id_format(sc->mem, ID_COMMAND, command))),
		NULL, NULL);
	return ERR_NONE;
}

enum err campaign_score_page(struct scope *sc, struct request *q, const void *input)
{
	struct appliance_command command;
	struct campaign c;
	struct mail_verdict score = { 0 };
	struct draft_score_view v = { .q = q, .c = &c, .command = &command, .score = &score };
	struct out o;
	enum err e = campaign_find(sc, request_id(q, ID_CAMPAIGN), &c);

	if (!e)
		e = appliance_command_find(sc, request_id(q, ID_COMMAND), &command);
	if (!e && !str_eq(command.kind, VERDICT_COMMAND))
		e = fail(sc, ERR_MISSING, "There is no such command");
	if (!e && str_eq(command.state, "done"))
		e = verdict_read(sc, &command, &score);
	if (e)
		return e;
	out_init(&o, sc->mem);
	draft_score_html(sc, &o, &v);
	reply_page(sc, q, &(struct page){ .title = t("Score"), .nav = "campaigns", .body = &o });
	return ERR_NONE;
}
