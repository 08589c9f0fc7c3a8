/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "repute/score_page.h"

#include "base/id.h"
#include "fleet/address.h"
#include "repute/score_html.h"
#include "sender/domain.h"
#include "sender/mailbox.h"
#include "text/html.h"
#include "text/json.h"

#define DAYS 60

struct list_in {
	const char *unit;
};
FORM(score_list_form, struct list_in, 0,
	FIELD(struct list_in, unit, FIELD_CHOICE, 0, 0, true, "address domain mailbox", "Of what"));

static const struct {
	const char *prefix, *path;
} kinds[SCORE_UNITS] = {
	[SCORE_ADDRESS] = { ID_ADDRESS, "/addresses" },
	[SCORE_DOMAIN] = { ID_DOMAIN, "/domains" },
	[SCORE_MAILBOX] = { ID_MAILBOX, "/mailboxes" },
};

/* What it is called; ERR_MISSING for another's. */
static enum err name_of(struct scope *sc, enum score_unit u, int64_t id, const char **name)
{
	struct address a;
	struct domain d;
	struct mailbox m;
	enum err e = u == SCORE_ADDRESS  ? address_find(sc, id, &a)
		     : u == SCORE_DOMAIN ? domain_find(sc, id, &d)
					 : mailbox_find(sc, id, &m);

	if (!e)
		*name = u == SCORE_ADDRESS ? a.ip : u == SCORE_DOMAIN ? d.name : m.address;
	return e;
}

/* ---- pages ---- */

enum err reputation_page(struct scope *sc, struct request *q, const void *input)
{
	struct reputation_view v = { .q = q };
	struct out o;
	enum err e = ERR_NONE;

	for (int u = 0; u < SCORE_UNITS && !e; u++) {
		struct score_now *rows;

		e = score_now_list(sc, (enum score_unit)u, &rows, &v.n[u]);
		v.rows[u] = rows;
	}
	if (e)
		return e;
	out_init(&o, sc->mem);
	reputation_html(sc, &o, &v);
	reply_page(
		sc, q, &(struct page){ .title = t("Reputation"), .nav = "reputation", .body = &o });
	return ERR_NONE;
}

static enum err show(struct scope *sc, struct request *q, enum score_unit u)
{
	int64_t id = request_id(q, kinds[u].prefix);
	struct score_view v = { .unit = u, .score = -1 };
	struct score_day *days;
	struct out o;
	enum err e = name_of(sc, u, id, &v.name);

	if (!e)
		e = score_list(sc, u, id, DAYS, &days, &v.n);
	if (e)
		return e;
	v.days = days;
	v.path = arena_printf(
		sc->mem, "%s/%s", kinds[u].path, id_format(sc->mem, kinds[u].prefix, id));
	if (v.n)
		v.score = days[0].score;
	out_init(&o, sc->mem);
	score_html(sc, &o, &v);
	reply_page(sc, q, &(struct page){ .title = v.name, .nav = "reputation", .body = &o });
	return ERR_NONE;
}

enum err score_address_page(struct scope *sc, struct request *q, const void *input)
{
	return show(sc, q, SCORE_ADDRESS);
}

enum err score_domain_page(struct scope *sc, struct request *q, const void *input)
{
	return show(sc, q, SCORE_DOMAIN);
}

enum err score_mailbox_page(struct scope *sc, struct request *q, const void *input)
{
	return show(sc, q, SCORE_MAILBOX);
}

/* ---- the API ---- */

enum err reputation_api(struct scope *sc, struct request *q, const void *input)
{
	const char *unit = ((const struct list_in *)input)->unit;
	enum score_unit u = str_eq(unit, "address")  ? SCORE_ADDRESS
			    : str_eq(unit, "domain") ? SCORE_DOMAIN
						     : SCORE_MAILBOX;
	struct score_now *rows;
	struct out *o;
	size_t n;
	enum err e = score_now_list(sc, u, &rows, &n);

	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++) {
		json_open(o);
		json_add_id(o, "id", kinds[u].prefix, rows[i].id);
		json_add_text(o, "name", rows[i].name);
		json_add_known(o, "score", rows[i].score);
		json_add_text(o, "band", score_band(rows[i].score));
		json_add_known(o, "before", rows[i].before);
		json_add_int(o, "listed", rows[i].listed);
		json_add_int(o, "sent", rows[i].sent);
		json_add_int(o, "hard", rows[i].hard);
		json_add_int(o, "infrastructure", rows[i].infra);
		json_add_int(o, "complained", rows[i].complained);
		json_close(o);
	}
	return reply_close_list(sc, q, o, NULL);
}

static void put_day(struct out *o, const struct score_day *d)
{
	char buf[25];

	clock_iso(d->day * DAY_MS, buf);
	buf[10] = 0;
	json_open(o);
	json_add_text(o, "day", buf);
	json_add_known(o, "score", d->score);
	json_add_int(o, "sent", d->counts.sent);
	json_add_int(o, "delivered", d->counts.delivered);
	json_add_int(o, "hard", d->counts.hard);
	json_add_int(o, "infrastructure", d->counts.infra);
	json_add_int(o, "other", d->counts.soft);
	json_add_int(o, "complained", d->counts.complained);
	json_add_int(o, "unsubscribed", d->counts.unsubscribed);
	json_close(o);
}

static enum err reply_days(struct scope *sc, struct request *q, enum score_unit u)
{
	int64_t id = request_id(q, kinds[u].prefix);
	struct score_day *days;
	const char *name;
	struct out *o;
	size_t n;
	enum err e = name_of(sc, u, id, &name);

	if (!e)
		e = score_list(sc, u, id, DAYS, &days, &n);
	if (e)
		return e;
	o = reply_open_list(sc);
	for (size_t i = 0; i < n; i++)
		put_day(o, &days[i]);
	return reply_close_list(sc, q, o, NULL);
}

enum err score_address_api(struct scope *sc, struct request *q, const void *input)
{
	return reply_days(sc, q, SCORE_ADDRESS);
}

enum err score_domain_api(struct scope *sc, struct request *q, const void *input)
{
	return reply_days(sc, q, SCORE_DOMAIN);
}

enum err score_mailbox_api(struct scope *sc, struct request *q, const void *input)
{
	return reply_days(sc, q, SCORE_MAILBOX);
}
