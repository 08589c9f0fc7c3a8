/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "send_kit.h"

#include "audience/contact.h"
#include "content/content.h"
#include "send/message.h"
#include "send/render.h"

static const struct sql kit_workspace = { "kit_workspace",
	"INSERT INTO workspace (tenant, id, name, slug, zone, state) "
	"VALUES ($1, $2, 'Sales', 'sales', 'UTC', 'active')",
	SQL_TENANT };
static const struct sql kit_postal = { "kit_postal",
	"UPDATE tenant SET name = 'Acme & Co', postal = $2 WHERE tenant = $1", SQL_TENANT };
static const struct sql kit_appliance_add = { "kit_appliance_add",
	"INSERT INTO appliance (tenant, id, name, state, created) "
	"VALUES ($1, $2, 'box', 'active', 0)",
	SQL_TENANT };
static const struct sql kit_uplink = { "kit_uplink",
	"INSERT INTO uplink (appliance, tenant, epoch, credit, seen_at) VALUES ($1, $2, 7, $3, $4)",
	SQL_ENGINE };
static const struct sql kit_domain = { "kit_domain",
	"INSERT INTO domain (tenant, id, workspace, name, appliance, state, created) "
	"VALUES ($1, $2, $3, 'acme.example', $4, 'verified', 0)",
	SQL_TENANT };
static const struct sql kit_mailbox = { "kit_mailbox",
	"INSERT INTO mailbox (tenant, id, workspace, domain, address, name, appliance, state, cap, "
	"gap, jitter, days, from_minute, to_minute, zone, created) VALUES ($1, $2, $3, $4, $5, "
	"'Sam Sender', $6, 'active', 1000, 1, 0, 127, 0, 1440, 'UTC', 0)",
	SQL_TENANT };
static const struct sql kit_campaign = { "kit_campaign",
	"INSERT INTO campaign (tenant, id, workspace, name, state, created) "
	"VALUES ($1, $2, $3, 'Spring', 'running', 0)",
	SQL_TENANT };
static const struct sql kit_campaign_mailbox = { "kit_campaign_mailbox",
	"INSERT INTO campaign_mailbox (tenant, campaign, mailbox) VALUES ($1, $2, $3)",
	SQL_TENANT };
static const struct sql kit_host = { "kit_host",
	"INSERT INTO host (name, tenant, purpose, scheme, state) "
	"VALUES ('link.example', NULL, 'link', 'https', 'verified')",
	SQL_DIRECTORY };

struct run {
	const struct sql *q;
	struct binds b;
};

static enum err run(struct scope *sc, void *arg)
{
	const struct run *r = arg;

	return db_run(sc, r->q, r->b, NULL);
}

void kit_run(struct scope *sc, const struct sql *q, struct binds b)
{
	OK(db_write(sc, run, &(struct run){ q, b }));
}

void kit_send_tenant(
	struct scope *sc, int64_t tenant, int64_t base, int64_t credit, struct send_world *w)
{
	struct content draft = { .lang = "en",
		.subject = "Hello {{ contact.first_name | default: 'there' }}",
		.html = "<p>Hi {{ contact.first_name | default: 'there' }}, see <a "
			"href=\"https://acme.example/a?b=1&amp;c=2\">this</a> and <a "
			"href=\"https://acme.example/z\">that</a>.</p>" };

	sc->tenant = tenant;
	w->workspace = base;
	w->appliance = base + 1;
	w->domain = base + 2;
	w->mailbox = base + 3;
	w->second = base + 4;
	w->campaign = base + 5;
	sc->workspace = w->workspace;
	kit_run(sc, &kit_workspace, BIND(V(w->workspace)));
	kit_run(sc, &kit_postal, BIND(V("Acme & Co\n1 Main Street")));
	kit_run(sc, &kit_appliance_add, BIND(V(w->appliance)));
	kit_run(sc, &kit_uplink, BIND(V(w->appliance), V(tenant), V(credit), V(now_real(sc).ms)));
	kit_run(sc, &kit_domain, BIND(V(w->domain), V(w->workspace), V(w->appliance)));
	kit_run(sc, &kit_mailbox,
		BIND(V(w->mailbox), V(w->workspace), V(w->domain), V("sam@acme.example"),
			V(w->appliance)));
	kit_run(sc, &kit_mailbox,
		BIND(V(w->second), V(w->workspace), V(w->domain), V("kim@acme.example"),
			V(w->appliance)));
	kit_run(sc, &kit_campaign, BIND(V(w->campaign), V(w->workspace)));
	kit_run(sc, &kit_campaign_mailbox, BIND(V(w->campaign), V(w->mailbox)));
	kit_run(sc, &kit_campaign_mailbox, BIND(V(w->campaign), V(w->second)));
	OK(content_save(sc, &draft, &w->content));
}

void kit_send(struct scope *sc, struct kit *kit, int64_t credit, struct send_world *w)
{
	w->hub = kit_hub_store(sc, kit);
	w->hub->render = render_new();
	kit_run(sc, &kit_host, BIND_NONE);
	kit_send_tenant(sc, KIT_TENANT, 2000, credit, w);
}

void kit_send_done(struct send_world *w)
{
	render_free(w->hub->render);
}

int64_t kit_contact(struct scope *sc, const struct send_world *w, const char *email)
{
	struct contact_new in = { .email = email, .name = "Ada Lovelace", .company = "Engines" };
	int64_t id = 0;

	(void)w;
	OK(contact_add(sc, &in, &id));
	return id;
}

struct mail {
	const struct send_world *w;
	int64_t contact, id;
	const char *key;
};

static enum err make(struct scope *sc, void *arg)
{
	struct mail *m = arg;
	struct message_new in = { .origin = "step",
		.key = m->key,
		.workspace = m->w->workspace,
		.campaign = m->w->campaign,
		.contact = m->contact,
		.enrolment = 1,
		.content = m->w->content,
		.due = now_plan(sc) };

	return message_create(sc, &in, &m->id);
}

int64_t kit_mail(struct scope *sc, const struct send_world *w, int64_t contact, const char *key)
{
	struct mail m = { .w = w, .contact = contact, .key = key };

	OK(db_write(sc, make, &m));
	return m.id;
}
