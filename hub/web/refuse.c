/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What went wrong, as the one who asked can use it: a page, JSON, or the way to sign-in. */
#include <string.h>

#include "text/json.h"
#include "web/layout.h"
#include "web/request.h"

#define RETRY_AWAY_S  "5"
#define RETRY_LIMIT_S "60"

bool refuse_is_json(const struct request *q)
{
	const struct route *row = q->match.route;

	if (row)
		return row->kind == DOOR_API || row->kind == DOOR_AGENT;
	return str_starts(q->path, "/api/");
}

static const char *plain_tell(struct request *q, int status)
{
	struct scope *sc = &q->sc;

	switch (status) {
	case 400:
		return tr(sc, "The request does not make sense.");
	case 401:
		return tr(sc, "Sign in first.");
	case 403:
		return tr(sc, "You do not have the right to do this.");
	case 404:
		return tr(sc, "There is no such page, or it is not yours to see.");
	case 405:
		return tr(sc, "This cannot be done here.");
	case 413:
		return tr(sc, "This is too large.");
	case 421:
		return tr(sc, "This server does not answer to that name.");
	case 429:
		return tr(sc, "That was too often. Please wait a while.");
	case 503:
		return tr(
			sc, "The service cannot do this right now. Please try again in a moment.");
	default:
		return tr(sc, "Something went wrong on our side.");
	}
}

static void refuse_json(struct request *q, int status, const char *word, const char *tell)
{
	struct out o;

	out_init(&o, q->sc.mem);
	json_open(&o);
	json_add_text(&o, "error", word);
	json_add_text(&o, "message", tell);
	json_add_text(&o, "field", q->sc.field);
	if (q->input.error_count) {
		json_name(&o, "fields");
		json_open(&o);
		for (size_t i = 0; i < q->input.error_count; i++)
			json_add_text(&o,
				q->input.errors[i].name[0] ? q->input.errors[i].name : "_",
				q->input.errors[i].tell);
		json_close(&o);
	}
	json_add_text(&o, "request", q->id);
	json_close(&o);
	reply_json(&q->sc, q, status, &o);
}

static void refuse_page(struct request *q, int status, const char *tell)
{
	struct out body;

	/* No route, so nobody has asked yet who this is: the way back is drawn for who signed in.
	 */
	if (!q->match.route && status == 404)
		gate_recognise(q);
	out_init(&body, q->sc.mem);
	layout_error_html(&q->sc, &body, status, tell, q->id);
	q->answer.status = status;
	reply_page(&q->sc, q,
		&(struct page){ .title = tr(&q->sc, "This did not work"), .body = &body });
}

static const char *word_of(int status)
{
	for (int e = ERR_INPUT; e < ERR_MAX; e++)
		if (err_status((enum err)e) == status)
			return err_name((enum err)e);
	return status < 500 ? err_name(ERR_INPUT) : err_name(ERR_INTERNAL);
}

void refuse_with(struct request *q, int status, const char *tell)
{
	if (!tell)
		tell = plain_tell(q, status);
	if (status == 503)
		reply_header(q, "Retry-After", RETRY_AWAY_S);
	if (status == 429)
		reply_header(q, "Retry-After", RETRY_LIMIT_S);
	if (status == 401 && refuse_is_json(q))
		reply_header(q, "WWW-Authenticate", "Bearer");
	if (refuse_is_json(q))
		refuse_json(q, status, word_of(status), tell);
	else
		refuse_page(q, status, tell);
}

/* To sign-in and back to the page that was asked for. */
static void to_signin(struct request *q)
{
	struct out o;

	out_init(&o, q->sc.mem);
	out_text(&o, "/sign-in");
	if (!gate_is_unsafe(q) && !str_eq(q->path, "/") && !request_is_fragment(q)) {
		const char *next =
			q->query ? arena_printf(q->sc.mem, "%s?%s", q->path, q->query) : q->path;

		if (url_is_local(next))
			url_add(&o, "next", next);
	}
	if (request_header(q, "HX-Request")) {
		reply_header(q, "HX-Redirect", o.data);
		reply_none(q, 401);
		return;
	}
	reply_header(q, "Location", o.data);
	reply_none(q, 303);
}

/* A page's form that was refused is drawn again with what was typed. False where it has none. */
static bool redraw(struct request *q)
{
	const struct route *page = table_page_of(web_table(q->web), q->match.route->pattern);
	const struct form *form = page ? page->form : NULL;
	const char *field = q->sc.field, *tell = q->sc.tell;

	if (!page)
		return false;
	if (q->input.error_count == 0)
		input_error(&q->sc, &q->input, field ? field : "", tell);
	q->redrawing = true;
	q->answer.status = err_status(q->sc.err);
	scope_clear(&q->sc);
	if (page->run(&q->sc, q, arena_alloc(q->sc.mem, form ? form->size : 1)) == ERR_NONE)
		return true;
	q->answer.status = 0;
	q->sc.tell = tell;
	return false;
}

void refuse(struct request *q, enum err e)
{
	const struct route *row = q->match.route;
	bool page = row && (row->kind == DOOR_PAGE || row->kind == DOOR_OPEN);
	bool form = page && gate_is_unsafe(q) && !q->redrawing;

	q->answer.status = 0;
	if (e == ERR_AUTH && page && !q->known) {
		to_signin(q);
		return;
	}
	if (form && (e == ERR_INPUT || e == ERR_CONFLICT || e == ERR_LIMIT) && redraw(q))
		return;
	refuse_with(q, err_status(e), e == ERR_MISSING ? NULL : q->sc.tell);
}
