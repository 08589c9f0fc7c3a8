/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "track/track.h"

#include <string.h>

#include "base/id.h"
#include "base/str.h"

#include "mail/address.h"
#include "store/db.h"

#include "audience/contact.h"
#include "audience/suppression.h"
#include "event/event.h"
#include "send/message.h"
#include "tenant/tenant.h"

/* Events of one mail that are written down: a link on a public page must not fill the log. */
#define MAX_HITS 20

SQL(track_hit_open, SQL_TENANT,
	"UPDATE message SET hits = hits + 1, opened_at = COALESCE(opened_at, $3) "
	"WHERE tenant = $1 AND id = $2 AND origin <> 'test' AND hits < $4 "
	"RETURNING workspace, campaign, contact, hits, opened_at AS first_at");
SQL(track_hit_click, SQL_TENANT,
	"UPDATE message SET hits = hits + 1, clicked_at = COALESCE(clicked_at, $3) "
	"WHERE tenant = $1 AND id = $2 AND origin <> 'test' AND hits < $4 "
	"RETURNING workspace, campaign, contact, hits, clicked_at AS first_at");
SQL(track_link, SQL_TENANT,
	"SELECT l.url FROM message m JOIN link l ON l.tenant = m.tenant AND l.content = m.content "
	"WHERE m.tenant = $1 AND m.id = $2 AND l.n = $3");

/* ---- who asks ---- */

/* In lower case; the first that is found decides. */
static const struct {
	const char *part;
	enum track_agent agent;
} agents[] = {
	{ "googleimageproxy", AGENT_PROXY },
	{ "ggpht", AGENT_PROXY },
	{ "yahoomailproxy", AGENT_PROXY },
	{ "proxy", AGENT_PROXY },
	{ "bot", AGENT_MACHINE },
	{ "crawl", AGENT_MACHINE },
	{ "spider", AGENT_MACHINE },
	{ "scan", AGENT_MACHINE },
	{ "preview", AGENT_MACHINE },
	{ "barracuda", AGENT_MACHINE },
	{ "mimecast", AGENT_MACHINE },
	{ "proofpoint", AGENT_MACHINE },
	{ "safelinks", AGENT_MACHINE },
	{ "headless", AGENT_MACHINE },
	{ "curl", AGENT_MACHINE },
	{ "wget", AGENT_MACHINE },
	{ "python", AGENT_MACHINE },
	{ "go-http", AGENT_MACHINE },
	{ "java/", AGENT_MACHINE },
	{ "okhttp", AGENT_MACHINE },
	{ "mozilla/", AGENT_BROWSER },
	{ "opera/", AGENT_BROWSER },
};

enum track_agent track_agent_of(const char *user_agent)
{
	if (!user_agent)
		return AGENT_UNKNOWN;
	for (size_t i = 0; i < COUNT(agents); i++)
		if (strcasestr(user_agent, agents[i].part))
			return agents[i].agent;
	return AGENT_UNKNOWN;
}

const char *track_agent_name(enum track_agent a)
{
	static const char *const names[] = { [AGENT_UNKNOWN] = "unknown",
		[AGENT_BROWSER] = "browser",
		[AGENT_PROXY] = "proxy",
		[AGENT_MACHINE] = "machine" };

	return names[a];
}

/* ---- opens and clicks ---- */

struct hit {
	const struct sql *q;
	const struct token *t;
	enum track_agent agent;
	const char *kind; /* event and counter */
};
struct hit_row {
	int64_t workspace, campaign, contact, hits, first_at;
};
SHAPE(hit_shape, struct hit_row, COL(struct hit_row, workspace), COL(struct hit_row, campaign),
	COL(struct hit_row, contact), COL(struct hit_row, hits), COL(struct hit_row, first_at));

static void log_hit(struct scope *sc, const struct hit *h, const struct hit_row *row)
{
	struct event e = { .kind = h->kind, .subject = h->t->message, .workspace = row->workspace };
	const char *campaign = row->campaign
				       ? arena_printf(sc->mem, "\"campaign\":\"%s\",",
						 id_format(sc->mem, ID_CAMPAIGN, row->campaign))
				       : "";

	e.data = h->t->link ? arena_printf(sc->mem, "{%s\"agent\":\"%s\",\"link\":%d}", campaign,
				      track_agent_name(h->agent), h->t->link)
			    : arena_printf(sc->mem, "{%s\"agent\":\"%s\"}", campaign,
				      track_agent_name(h->agent));
	event_add(sc, &e);
}

static enum err write_hit(struct scope *sc, void *arg)
{
	const struct hit *h = arg;
	int64_t now = now_real(sc).ms;
	struct hit_row row;
	enum err e = db_one(
		sc, h->q, BIND(V(h->t->message), V(now), V((int64_t)MAX_HITS)), &hit_shape, &row);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (e)
		return e;
	sc->actor = (struct actor){ .kind = ACTOR_RECIPIENT, .id = row.contact };
	if (row.first_at == now && row.campaign)
		tally_add(sc, "campaign", row.campaign, h->kind, 1);
	log_hit(sc, h, &row);
	return ERR_NONE;
}

enum err track_open(struct scope *sc, const struct token *t, enum track_agent agent)
{
	struct hit h = { &track_hit_open, t, agent, "link.opened" };

	if (t->kind != TOKEN_OPEN)
		return fail(sc, ERR_MISSING, "There is nothing here");
	return db_write(sc, write_hit, &h);
}

enum err track_click(
	struct scope *sc, const struct token *t, enum track_agent agent, const char **url)
{
	struct hit h = { &track_hit_click, t, agent, "link.clicked" };
	enum err e;

	if (t->kind != TOKEN_CLICK)
		return fail(sc, ERR_MISSING, "There is nothing here");
	e = db_text(sc, &track_link, BIND(V(t->message), V((int64_t)t->link)), url);
	if (e == ERR_MISSING)
		return fail(sc, e, "There is nothing here");
	if (e)
		return e;
	/* Whoever clicks wants to go there, whether or not we can write it down now. */
	if (db_write(sc, write_hit, &h))
		scope_clear(sc);
	return ERR_NONE;
}

/* ---- leaving ---- */

static enum err find_mail(struct scope *sc, const struct token *t, struct message *m)
{
	enum err e;

	if (t->kind != TOKEN_UNSUBSCRIBE)
		return fail(sc, ERR_MISSING, "There is nothing here");
	e = message_find(sc, t->message, m);
	return e == ERR_MISSING ? fail(sc, e, "There is nothing here") : e;
}

/* Rendered again and again, a mail names the same person: its contact, or who it was sent to. */
static enum err is_gone(struct scope *sc, const struct message *m, bool *gone)
{
	struct contact c;
	struct address a;
	const char *reason;
	enum err e;

	*gone = true;
	if (m->contact) {
		e = contact_find(sc, m->contact, &c);
		if (!e)
			*gone = !str_eq(c.state, "active");
		return e;
	}
	if (str_empty(m->rcpt))
		return ERR_NONE;
	e = address_parse(sc, NULL, m->rcpt, &a);
	if (!e)
		e = suppression_has(sc, m->workspace, m->campaign, a.key, &reason);
	if (!e)
		*gone = reason != NULL;
	return e;
}

enum err track_leave_find(struct scope *sc, const struct token *t, struct track_leave *out)
{
	struct track_leave l = { .left = false };
	struct message m;
	struct tenant tenant;
	enum err e = find_mail(sc, t, &m);

	if (!e)
		e = tenant_find(sc, &tenant);
	if (e)
		return e;
	l.company = tenant.name;
	l.test = str_eq(m.origin, "test");
	if (!l.test)
		e = is_gone(sc, &m, &l.left);
	if (!e)
		*out = l;
	return e;
}

struct leave {
	const struct message *m;
	const char *source;
};

static enum err write_leave(struct scope *sc, void *arg)
{
	const struct leave *l = arg;
	const struct message *m = l->m;
	struct address a;
	bool gone;
	enum err e = is_gone(sc, m, &gone);

	if (e || gone)
		return e;
	sc->actor = (struct actor){ .kind = ACTOR_RECIPIENT, .id = m->contact };
	if (m->campaign)
		tally_add(sc, "campaign", m->campaign, "link.unsubscribed", 1);
	if (m->contact)
		return contact_stop(sc, m->contact, "unsubscribed", l->source, m->id);
	e = address_parse(sc, NULL, m->rcpt, &a);
	return e ? e : suppression_add(sc, "tenant", 0, a.key, "unsubscribed", l->source);
}

enum err track_leave(struct scope *sc, const struct token *t, const char *source)
{
	struct message m;
	enum err e = find_mail(sc, t, &m);

	if (e || str_eq(m.origin, "test"))
		return e;
	return db_write(sc, write_leave, &(struct leave){ &m, source });
}
