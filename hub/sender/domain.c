/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sender/domain.h"

#include "event/event.h"
#include "mail/address.h"
#include "sender/domain_check.h"
#include "sender/sender_priv.h"
#include "tenant/audit.h"

#define COLUMNS "id, workspace, name, appliance, state, proved, selector, checked_at, created"
SQL(domain_insert, SQL_TENANT,
	"INSERT INTO domain (tenant, id, workspace, name, state, created) "
	"VALUES ($1, $2, $3, $4, 'pending', $5) ON CONFLICT (tenant, name) DO NOTHING");
SQL(domain_by_id, SQL_TENANT,
	"SELECT " COLUMNS " FROM domain "
	"WHERE tenant = $1 AND id = $2 AND (CAST($3 AS BIGINT) = 0 OR workspace = $3)");
SQL(domain_by_name, SQL_TENANT, "SELECT " COLUMNS " FROM domain WHERE tenant = $1 AND name = $2");
SQL(domain_of_workspace, SQL_TENANT,
	"SELECT " COLUMNS " FROM domain "
	"WHERE tenant = $1 AND workspace = $2 ORDER BY name");
SQL(domain_update_state, SQL_TENANT,
	"UPDATE domain SET state = $3, proved = $4 WHERE tenant = $1 AND id = $2");
SQL(domain_update_selector, SQL_TENANT,
	"UPDATE domain SET selector = $3 WHERE tenant = $1 AND id = $2");

SHAPE(domain_shape, struct domain, COL(struct domain, id), COL(struct domain, workspace),
	COL(struct domain, name), COL(struct domain, appliance), COL(struct domain, state),
	COL(struct domain, proved), COL(struct domain, selector), COL(struct domain, checked_at),
	COL(struct domain, created));

/* Sorted. Whoever writes as one of these from another's servers fails their DMARC policy. */
static const char *const freemail[] = { "126.com", "163.com", "aim.com", "alice.it", "aol.com",
	"arcor.de", "att.net", "bellsouth.net", "bigpond.com", "bluewin.ch", "bol.com.br",
	"btinternet.com", "charter.net", "comcast.net", "cox.net", "daum.net", "duck.com",
	"earthlink.net", "email.cz", "fastmail.com", "fastmail.fm", "foxmail.com", "free.fr",
	"freenet.de", "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de", "gmx.net",
	"googlemail.com", "hanmail.net", "hey.com", "hotmail.co.uk", "hotmail.com", "hotmail.de",
	"hotmail.es", "hotmail.fr", "hotmail.it", "hushmail.com", "icloud.com", "inbox.lv",
	"interia.pl", "laposte.net", "libero.it", "list.ru", "live.co.uk", "live.com", "live.de",
	"live.fr", "live.nl", "mac.com", "mail.com", "mail.de", "mail.ru", "mailbox.org", "me.com",
	"msn.com", "naver.com", "o2.pl", "ono.com", "optonline.net", "orange.fr", "outlook.com",
	"outlook.de", "outlook.fr", "pm.me", "posteo.de", "proton.me", "protonmail.ch",
	"protonmail.com", "qq.com", "rambler.ru", "rediffmail.com", "rocketmail.com",
	"sbcglobal.net", "seznam.cz", "sfr.fr", "shaw.ca", "sina.com", "sky.com", "t-online.de",
	"talktalk.net", "telenet.be", "terra.com.br", "tiscali.it", "tuta.com", "tuta.io",
	"tutanota.com", "ukr.net", "uol.com.br", "verizon.net", "virgilio.it", "virginmedia.com",
	"vk.com", "wanadoo.fr", "web.de", "wp.pl", "ya.ru", "yahoo.ca", "yahoo.co.in",
	"yahoo.co.jp", "yahoo.co.uk", "yahoo.com", "yahoo.com.au", "yahoo.com.br", "yahoo.de",
	"yahoo.es", "yahoo.fr", "yahoo.it", "yandex.com", "yandex.ru", "yeah.net", "ymail.com",
	"zoho.com", "zohomail.com" };

static int by_name(const void *key, const void *entry)
{
	return strcmp(key, *(const char *const *)entry);
}

bool domain_is_freemail(const char *name)
{
	return bsearch(name, freemail, COUNT(freemail), sizeof *freemail, by_name);
}

struct adding {
	const char *name;
	int64_t id;
};

static enum err add(struct scope *sc, void *arg)
{
	struct adding *a = arg;
	int64_t changed;
	enum err e;

	a->id = new_id(sc);
	e = db_run(sc, &domain_insert,
		BIND(V(a->id), V(sc->workspace), V(a->name), V(now_real(sc).ms)), &changed);
	if (e)
		return e;
	if (changed == 0)
		return fail_field(sc, "name", "This domain is already known");
	event_addf(sc, "domain.added", a->id, "{}");
	e = domain_check_soon(sc, a->id);
	return e ? e : audit_add(sc, "domain.add", a->id);
}

enum err domain_add(struct scope *sc, const char *name, int64_t *id)
{
	struct adding a = { 0 };
	enum err e = address_domain(sc, "name", name, &a.name);

	if (e)
		return e;
	if (domain_is_freemail(a.name))
		return fail_field(sc, "name",
			"Mail as an address of this provider fails its DMARC policy. Use a domain of your own");
	e = db_write(sc, add, &a);
	if (!e)
		*id = a.id;
	return e;
}

/* ---- its state ---- */

enum err domain_put_state(struct scope *sc, int64_t id, const char *state, const char *proved)
{
	enum err e = db_run(sc, &domain_update_state, BIND(V(id), V(state), V(proved)), NULL);

	if (!e)
		event_addf(sc, "domain.state", id, "{\"state\":\"%s\"}", state);
	return e;
}

static enum err confirm(struct scope *sc, void *arg)
{
	const int64_t *id = arg;
	bool mine;
	struct domain d;
	enum err e = domain_find(sc, *id, &d);

	if (!e)
		e = domain_claim(sc, d.name, "operator", NULL, &mine);
	if (!e)
		e = domain_put_state(sc, *id, "verified", "operator");
	return e ? e : audit_add(sc, "domain.confirm", *id);
}

enum err domain_confirm(struct scope *sc, int64_t id)
{
	return db_write(sc, confirm, &id);
}

static enum err stop(struct scope *sc, void *arg)
{
	const int64_t *id = arg;
	struct domain d;
	enum err e = domain_find(sc, *id, &d);

	if (!e)
		e = domain_unclaim(sc, d.name);
	if (!e)
		e = domain_put_state(sc, *id, "stopped", NULL);
	return e ? e : audit_add(sc, "domain.stop", *id);
}

enum err domain_stop(struct scope *sc, int64_t id)
{
	return db_write(sc, stop, &id);
}

struct selecting {
	int64_t id;
	const char *selector;
};

static enum err set_selector(struct scope *sc, void *arg)
{
	const struct selecting *s = arg;
	struct domain d;
	enum err e = domain_find(sc, s->id, &d);

	if (!e)
		e = db_run(sc, &domain_update_selector, BIND(V(s->id), V(s->selector)), NULL);
	if (!e)
		e = domain_check_soon(sc, s->id);
	return e ? e : audit_add(sc, "domain.selector", s->id);
}

enum err domain_set_selector(struct scope *sc, int64_t id, const char *selector)
{
	struct selecting s = { id, str_lower(sc->mem, selector) };

	if (str_empty(s.selector) || strlen(s.selector) > 63 ||
		s.selector[strspn(s.selector, "abcdefghijklmnopqrstuvwxyz0123456789-_.")])
		return fail_field(
			sc, "selector", "A selector has letters, digits, dots and hyphens");
	return db_write(sc, set_selector, &s);
}

/* ---- finding ---- */

enum err domain_find(struct scope *sc, int64_t id, struct domain *out)
{
	return db_one(sc, &domain_by_id, BIND(V(id), V(sc->workspace)), &domain_shape, out);
}

enum err domain_find_name(struct scope *sc, const char *name, struct domain *out)
{
	return db_one(sc, &domain_by_name, BIND(V(name)), &domain_shape, out);
}

enum err domain_list(struct scope *sc, struct domain **list, size_t *n)
{
	return db_list(sc, &domain_of_workspace, BIND(V(sc->workspace)), &domain_shape, list, n);
}
