/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "send/letter_api.h"

#include "audience/contact.h"
#include "base/id.h"
#include "fleet/enrolment.h"
#include "guard/throttle.h"
#include "text/json.h"

SQL(letter_api_campaign, SQL_TENANT,
	"SELECT id FROM campaign WHERE tenant = $1 AND id = $2 AND workspace = $3");

/* The body is the letter itself. */
const struct form letter_put_form = { NULL, 0, 0, WIRE_MAX_LETTER };

struct letter_list_input {
	int64_t after, limit;
};
FORM(letter_list_api_form, struct letter_list_input, 0,
	FIELD(struct letter_list_input, after, FIELD_ID, 0, 0, false, ID_LETTER, "After"),
	FIELD(struct letter_list_input, limit, FIELD_INT, 1, 100, false, NULL, "Limit"));

/* ---- in ---- */

/* Only what a fact announced is taken, so good letters count themselves; others must not become a
   load. */
static const struct throttle refused = { "letter.refused", 300, HOUR_MS };

static enum err count_refusal(struct scope *sc, void *arg)
{
	return throttle_count(sc, &refused, arg);
}

/* Keeps what was wrong, which the counting must not replace. */
static enum err refuse(struct scope *sc, enum err e, const char *who)
{
	const char *why = arena_text(sc->mem, sc->why);

	scope_clear(sc);
	if (db_write(sc, count_refusal, (void *)(uintptr_t)who))
		return sc->err;
	return fail(sc, e, "%s", why);
}

enum err letter_put_api(struct scope *sc, struct request *q, const void *input)
{
	int64_t appliance;
	const char *who;
	enum err e = enrolment_admit_shown(sc, request_certificate(sc, q), &appliance);

	if (e)
		return e;
	who = id_format(sc->mem, ID_APPLIANCE, appliance);
	e = throttle_check(sc, &refused, who);
	if (e)
		return e;
	e = letter_take(sc, appliance, request_rest(q), request_body(q));
	if (e == ERR_INPUT || e == ERR_MISSING)
		return refuse(sc, e, who);
	if (!e)
		reply_none(q, 204);
	return e;
}

/* ---- out ---- */

void letter_put(struct out *o, const struct letter *l, const struct wire_letter *words)
{
	json_open(o);
	json_add_id(o, "id", ID_LETTER, l->id);
	json_add_text(o, "kind", l->kind);
	json_add_id(o, "message", ID_MESSAGE, l->message);
	json_add_id(o, "campaign", ID_CAMPAIGN, l->campaign);
	json_add_id(o, "contact", ID_CONTACT, l->contact);
	json_add_time(o, "at", l->at);
	if (words) {
		json_add_text(o, "from", words->from);
		json_add_text(o, "subject", words->subject);
		json_add_text(o, "text", words->text);
		json_add_bool(o, "cut", words->cut);
	}
	json_close(o);
}

static enum err reply_list(
	struct scope *sc, struct request *q, struct letter_filter *f, const void *input)
{
	const struct letter_list_input *in = input;
	const struct wire_letter *words;
	struct letter *rows;
	struct out o;
	size_t n;
	enum err e;

	f->after = in->after;
	f->limit = in->limit ? (int)in->limit : 20;
	e = letter_list(sc, f, &rows, &n);
	if (e)
		return e;
	out_init(&o, sc->mem);
	json_open(&o);
	json_name(&o, "list");
	json_open_list(&o);
	for (size_t i = 0; i < n && !e; i++) {
		e = letter_read(sc, &rows[i], &words);
		if (!e)
			letter_put(&o, &rows[i], words);
	}
	json_close_list(&o);
	json_add_id(&o, "after", ID_LETTER, n == (size_t)f->limit ? rows[n - 1].id : 0);
	json_close(&o);
	if (!e)
		reply_json(sc, q, 200, &o);
	return e;
}

enum err letter_campaign_api(struct scope *sc, struct request *q, const void *input)
{
	struct letter_filter f = { .campaign = request_id(q, ID_CAMPAIGN) };
	int64_t id;
	enum err e = db_int(sc, &letter_api_campaign, BIND(V(f.campaign), V(sc->workspace)), &id);

	return e ? e : reply_list(sc, q, &f, input);
}

enum err letter_contact_api(struct scope *sc, struct request *q, const void *input)
{
	struct letter_filter f = { .contact = request_id(q, ID_CONTACT) };
	struct contact c;
	enum err e = contact_find(sc, f.contact, &c);

	return e ? e : reply_list(sc, q, &f, input);
}
