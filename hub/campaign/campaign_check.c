/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What speaks against a launch: each finding with its reason and the page where it is mended. */
#include "base/id.h"
#include "campaign/campaign_priv.h"
#include "content/content.h"
#include "fleet/appliance.h"
#include "guard/host.h"
#include "mail/address.h"
#include "send/message.h"
#include "sender/domain.h"
#include "sender/mailbox.h"
#include "sender/record.h"
#include "tenant/tenant.h"

SQL(check_contact, SQL_TENANT,
	"SELECT id FROM contact WHERE tenant = $1 AND workspace = $2 AND state = 'active' "
	"ORDER BY id LIMIT 1");
SQL(check_contact_import, SQL_TENANT,
	"SELECT c.id FROM import_member m JOIN contact c ON c.tenant = m.tenant AND c.id = "
	"m.contact WHERE m.tenant = $1 AND m.import = $2 AND c.state = 'active' "
	"ORDER BY m.contact LIMIT 1");

#define MAX_FINDINGS 100

struct findings {
	struct finding *list; /* arena; MAX_FINDINGS */
	size_t count;
};

static void add(
	struct findings *f, bool blocking, const char *key, const char *text, const char *href)
{
	if (f->count < MAX_FINDINGS)
		f->list[f->count++] = (struct finding){ key, blocking, text, href };
}

static const char *page(struct scope *sc, const struct campaign *c, const char *tab)
{
	return arena_printf(
		sc->mem, "/campaigns/%s%s", id_format(sc->mem, ID_CAMPAIGN, c->id), tab);
}

/* ---- who is written to ---- */

static enum err first_contact(struct scope *sc, const struct campaign *c, int64_t *id)
{
	enum err e = c->audience ? db_int(sc, &check_contact_import, BIND(V(c->audience)), id)
				 : db_int(sc, &check_contact, BIND(V(c->workspace)), id);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		*id = 0;
		return ERR_NONE;
	}
	return e;
}

static enum err check_people(struct scope *sc, const struct campaign *c, struct findings *f)
{
	int64_t id;
	enum err e = first_contact(sc, c, &id);

	if (!e && !id)
		add(f, true, "no_contacts",
			tr(sc, "Nobody would get this: the audience has no active contacts"),
			"/contacts");
	return e;
}

/* ---- who writes ---- */

static const char *domain_page_of(struct scope *sc, const struct domain *d)
{
	return arena_printf(sc->mem, "/domains/%s", id_format(sc->mem, ID_DOMAIN, d->id));
}

/* Only what was seen to be so: no answer speaks against nobody. */
static enum err check_records(struct scope *sc, const struct domain *d, struct findings *f)
{
	struct records all;
	enum err e = record_list(sc, d, &all);

	/* Keys beyond the first do not sign, or not for this machine alone. */
	for (size_t i = 0; !e && i < RECORD_COUNT; i++) {
		const struct record *r = &all.list[i];

		if (str_eq(r->purpose, "owner") ||
			(!str_eq(r->state, "missing") && !str_eq(r->state, "wrong")))
			continue;
		add(f, false, "domain_record",
			arena_printf(sc->mem, tr(sc, "%s of %s: %s"), tr(sc, r->title), d->name,
				tr(sc, r->reason)),
			domain_page_of(sc, d));
	}
	return e;
}

static enum err check_domain(struct scope *sc, const struct mailbox *m, struct findings *f)
{
	struct domain d;
	enum err e = domain_find(sc, m->domain, &d);

	if (e)
		return e;
	if (domain_is_freemail(d.name))
		add(f, true, "free_mail",
			arena_printf(sc->mem,
				tr(sc, "%s belongs to a provider of free mailboxes, whose DMARC policy such mail fails"),
				d.name),
			"/domains");
	else if (str_eq(d.state, "stopped"))
		add(f, true, "domain_stopped",
			arena_printf(sc->mem, tr(sc, "The domain %s is stopped"), d.name),
			"/domains");
	else if (str_eq(d.state, "pending"))
		add(f, true, "domain_pending",
			arena_printf(sc->mem,
				tr(sc, "The domain %s is not proved to be yours: its record of ownership was not found yet"),
				d.name),
			domain_page_of(sc, &d));
	else
		return check_records(sc, &d, f);
	return ERR_NONE;
}

/* *ALIVE: it could send now, or as soon as its window opens. */
static enum err check_mailbox(
	struct scope *sc, const struct mailbox *m, struct findings *f, bool *alive)
{
	struct appliance a;
	enum err e = check_domain(sc, m, f);

	*alive = false;
	if (e || !str_eq(m->state, "active"))
		return e;
	if (!m->appliance) {
		add(f, false, "no_appliance",
			arena_printf(sc->mem, tr(sc, "%s has no appliance yet"), m->address),
			"/mailboxes");
		return ERR_NONE;
	}
	e = appliance_find(sc, m->appliance, &a);
	if (e)
		return e;
	if (!str_eq(a.state, "active") || !appliance_is_online(sc, &a))
		add(f, false, "appliance_away",
			arena_printf(sc->mem, tr(sc, "The appliance %s of %s is not there"), a.name,
				m->address),
			"/appliances");
	else
		*alive = true;
	return ERR_NONE;
}

static enum err check_senders(struct scope *sc, const struct campaign *c, struct findings *f)
{
	struct mailbox *list;
	size_t n, alive_count = 0;
	enum err e = mailbox_list_campaign(sc, c->id, &list, &n);

	for (size_t i = 0; !e && i < n; i++) {
		bool alive;

		e = check_mailbox(sc, &list[i], f, &alive);
		alive_count += alive;
	}
	if (!e && n == 0)
		add(f, true, "no_mailbox",
			tr(sc, "No mailbox is chosen for this campaign to send from"),
			page(sc, c, ""));
	else if (!e && alive_count == 0)
		add(f, true, "no_mailbox_alive",
			tr(sc, "None of its mailboxes can send: each is stopped or its appliance is not there"),
			"/mailboxes");
	return e;
}

/* ---- what is written ---- */

static enum err check_step(struct scope *sc, const struct campaign *c,
	const struct campaign_step *step, size_t place, struct findings *f)
{
	struct content draft = {
		.lang = "en", .subject = step->subject, .html = step->html, .text = step->text
	};
	struct content_issue *issues;
	size_t n;
	enum err e = content_check(sc, &draft, &issues, &n);

	for (size_t i = 0; !e && i < n; i++) {
		const struct content_issue *x = &issues[i];
		const char *text;

		if (x->line)
			text = arena_printf(sc->mem, tr(sc, "Step %zu, %s, line %d, column %d: %s"),
				place + 1, x->part, x->line, x->column, x->text);
		else
			text = arena_printf(
				sc->mem, tr(sc, "Step %zu, %s: %s"), place + 1, x->part, x->text);
		add(f, x->stops, "content", text, page(sc, c, ""));
	}
	return e;
}

static enum err check_words(struct scope *sc, const struct campaign *c, struct findings *f)
{
	struct campaign_step *steps;
	size_t n;
	enum err e = campaign_steps(sc, c->id, &steps, &n);

	if (!e && n == 0)
		add(f, true, "no_steps", tr(sc, "There is no mail in this campaign yet"),
			page(sc, c, ""));
	for (size_t i = 0; !e && i < n; i++)
		e = check_step(sc, c, &steps[i], i, f);
	return e;
}

/* ---- what the law and the providers ask for ---- */

static enum err has_host(struct scope *sc, const char *purpose, bool *yes)
{
	const char *base;
	enum err e = host_base(sc, purpose, &base);

	*yes = e == ERR_NONE;
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	return e;
}

static enum err check_hosts(struct scope *sc, const struct campaign *c, struct findings *f)
{
	bool link, track = true;
	enum err e = has_host(sc, HOST_LINK, &link);

	if (!e && (c->track_opens || c->track_clicks))
		e = has_host(sc, HOST_TRACK, &track);
	if (e)
		return e;
	if (!link)
		add(f, true, "no_unsubscribe",
			tr(sc, "Nobody could unsubscribe: the installation has no host for links"),
			NULL);
	if (!track)
		add(f, false, "no_tracking_host",
			tr(sc, "Opens and clicks will not be tracked: no tracking host of your own is verified"),
			"/settings/tracking");
	return ERR_NONE;
}

static enum err check_tenant(struct scope *sc, const struct campaign *c, struct findings *f)
{
	const char *postal;
	struct tenant t;
	enum err e = tenant_find(sc, &t);

	if (!e)
		e = tenant_postal(sc, c->workspace, &postal);
	if (e)
		return e;
	if (!str_eq(t.standing, "active"))
		add(f, true, "tenant_stopped",
			arena_printf(sc->mem, tr(sc, "All sending is stopped: %s"),
				t.reason ? t.reason : t.standing),
			NULL);
	if (str_empty(postal))
		add(f, true, "no_postal",
			tr(sc, "Every mail names your postal address, and none is given"),
			"/settings");
	return ERR_NONE;
}

static int blocking_first(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->blocking != y->blocking)
		return x->blocking ? -1 : 1;
	return strcmp(x->key, y->key);
}

enum err campaign_check(struct scope *sc, int64_t id, struct finding **list, size_t *n)
{
	static enum err (*const checks[])(
		struct scope * sc, const struct campaign *c, struct findings *f) = { check_tenant,
		check_words, check_people, check_senders, check_hosts };
	struct findings f = { .list = arena_array(sc->mem, MAX_FINDINGS, sizeof *f.list) };
	struct campaign c;
	enum err e = campaign_find(sc, id, &c);

	for (size_t i = 0; !e && i < COUNT(checks); i++)
		e = checks[i](sc, &c, &f);
	if (e)
		return e;
	if (f.count > 1)
		qsort(f.list, f.count, sizeof *f.list, blocking_first);
	*list = f.list;
	*n = f.count;
	return ERR_NONE;
}

/* ---- a mail to oneself ---- */

static enum err find_mailbox(struct scope *sc, int64_t campaign, int64_t *id)
{
	struct mailbox *list;
	size_t n;
	enum err e = mailbox_list_campaign(sc, campaign, &list, &n);

	for (size_t i = 0; !e && i < n; i++)
		if (str_eq(list[i].state, "active") && list[i].appliance) {
			*id = list[i].id;
			return ERR_NONE;
		}
	return e ? e : fail(sc, ERR_CONFLICT, "No mailbox of this campaign can send");
}

static enum err create(struct scope *sc, void *arg)
{
	struct message_new *m = arg;

	return message_create(sc, m, &m->campaign);
}

enum err campaign_test(struct scope *sc, int64_t id, int step, const char *to, int64_t *message)
{
	struct message_new m = { .origin = "test", .due = now_plan(sc) };
	struct campaign_step *steps;
	struct campaign c;
	struct address a;
	size_t n;
	enum err e = address_parse(sc, "to", to, &a);

	if (!e)
		e = campaign_find(sc, id, &c);
	if (!e)
		e = campaign_steps(sc, id, &steps, &n);
	if (!e && (step < 0 || (size_t)step >= n))
		e = fail_field(sc, "step", "There is no such step");
	if (!e)
		e = find_mailbox(sc, id, &m.mailbox);
	if (!e)
		e = first_contact(sc, &c, &m.contact);
	if (e)
		return e;
	m.key = id_format(sc->mem, ID_MESSAGE, new_id(sc));
	m.workspace = c.workspace;
	m.content = steps[step].content;
	m.rcpt = a.wire;
	e = db_write(sc, create, &m);
	if (!e)
		*message = m.campaign;
	return e;
}
