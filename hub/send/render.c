/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Looks up what a mail needs and keeps what is compiled. */
#include <pthread.h>
#include <string.h>

#include "base/id.h"
#include "base/str.h"

#include "mail/address.h"
#include "store/db.h"

#include "guard/host.h"

#include "audience/contact.h"
#include "send/render_priv.h"
#include "sender/mailbox.h"
#include "tenant/tenant.h"
#include "tenant/workspace.h"

#define MAX_TEMPLATES 256
#define MAX_SENDERS   32
/* What a sender's rows said is believed this long (real): a batch reads them once. */
#define SENDER_MS SECOND_MS

/* What all mails of a campaign from one mailbox have in common. */
struct sender {
	int64_t tenant, mailbox, campaign;
	int64_t read_at;   /* real ms */
	struct arena *mem; /* owned; NULL for an empty place */
	struct mail_facts facts;
	bool clicks;
};

struct render {
	pthread_mutex_t lock;
	struct template *templates[MAX_TEMPLATES]; /* owned; newest last */
	size_t count;
	struct sender senders[MAX_SENDERS];
	size_t next_sender;     /* the place that is filled next */
	struct token_keys keys; /* none before the first mail */
};

struct render *render_new(void)
{
	struct render *r = calloc(1, sizeof *r);

	if (!r)
		abort();
	pthread_mutex_init(&r->lock, NULL);
	return r;
}

void render_free(struct render *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++)
		template_free(r->templates[i]);
	for (size_t i = 0; i < MAX_SENDERS; i++)
		arena_free(r->senders[i].mem);
	pthread_mutex_destroy(&r->lock);
	explicit_bzero(&r->keys, sizeof r->keys);
	free(r);
}

/* Contents never change, so what is compiled is good for ever; the oldest makes room. */
static enum err template_of(
	struct scope *sc, struct render *r, int64_t content, bool tracked, struct template **out)
{
	const char *lang = sc->lang;
	enum err e;

	for (size_t i = 0; i < r->count; i++) {
		struct template *t = r->templates[i];

		if (t->content == content && t->tenant == sc->tenant && t->tracked == tracked) {
			*out = t;
			return ERR_NONE;
		}
	}
	e = template_compile(sc, content, tracked, out);
	sc->lang = lang;
	if (e)
		return e;
	if (r->count == MAX_TEMPLATES) {
		template_free(r->templates[0]);
		memmove(r->templates, r->templates + 1, (MAX_TEMPLATES - 1) * sizeof *r->templates);
		r->count--;
	}
	r->templates[r->count++] = *out;
	return ERR_NONE;
}

/* ---- looking up ---- */

SQL(render_campaign, SQL_TENANT,
	"SELECT track_opens, track_clicks FROM campaign WHERE tenant = $1 AND id = $2");

struct tracking {
	bool track_opens, track_clicks;
};
SHAPE(tracking_shape, struct tracking, COL(struct tracking, track_opens),
	COL(struct tracking, track_clicks));

static enum err host_or_none(struct scope *sc, const char *purpose, const char **base)
{
	enum err e = host_base(sc, purpose, base);

	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	*base = NULL;
	return ERR_NONE;
}

static enum err find_sender(struct scope *sc, int64_t mailbox, struct mail_facts *f)
{
	struct mailbox m;
	struct workspace w;
	struct tenant t;
	enum err e = mailbox_find(sc, mailbox, &m);

	if (!e)
		e = workspace_find(sc, m.workspace, &w);
	if (!e)
		e = tenant_find(sc, &t);
	if (e)
		return e;
	f->sender_email = m.address;
	f->sender_name = m.name;
	f->domain = strrchr(m.address, '@') ? strrchr(m.address, '@') + 1 : m.address;
	f->workspace = w.name;
	f->company_name = t.name;
	f->postal = str_empty(w.postal) ? t.postal : w.postal;
	return host_or_none(sc, HOST_LINK, &f->link_base);
}

/* Only a tenant's own verified host tracks, so that tenants do not share a reputation. */
static enum err find_tracking(
	struct scope *sc, const struct message *m, struct mail_facts *f, bool *clicks)
{
	struct tracking t;
	enum err e;

	*clicks = false;
	if (!m->campaign || !str_eq(m->origin, "step"))
		return ERR_NONE;
	e = db_one(sc, &render_campaign, BIND(V(m->campaign)), &tracking_shape, &t);
	if (e)
		return e;
	if (!t.track_opens && !t.track_clicks)
		return ERR_NONE;
	e = host_or_none(sc, HOST_TRACK, &f->track_base);
	f->track_opens = f->track_base && t.track_opens;
	*clicks = f->track_base && t.track_clicks;
	return e;
}

static void keep_texts(struct sender *s)
{
	const char **texts[] = { &s->facts.sender_name, &s->facts.sender_email, &s->facts.workspace,
		&s->facts.company_name, &s->facts.postal, &s->facts.link_base, &s->facts.track_base,
		&s->facts.domain };

	for (size_t i = 0; i < COUNT(texts); i++)
		*texts[i] = arena_text(s->mem, *texts[i]);
}

/* The common facts of M into F, read at most a second ago. They live as long as the lock is held.
 */
static enum err sender_of(struct scope *sc, struct render *r, const struct message *m,
	struct mail_facts *f, bool *clicks)
{
	int64_t now = now_real(sc).ms, campaign = str_eq(m->origin, "step") ? m->campaign : 0;
	struct sender *s;
	enum err e;

	for (size_t i = 0; i < MAX_SENDERS; i++) {
		s = &r->senders[i];
		if (s->mem && s->tenant == sc->tenant && s->mailbox == m->mailbox &&
			s->campaign == campaign && now >= s->read_at &&
			now < s->read_at + SENDER_MS) {
			*f = s->facts;
			*clicks = s->clicks;
			return ERR_NONE;
		}
	}
	e = find_sender(sc, m->mailbox, f);
	if (!e)
		e = find_tracking(sc, m, f, clicks);
	if (e)
		return e;
	s = &r->senders[r->next_sender++ % MAX_SENDERS];
	arena_free(s->mem);
	*s = (struct sender){ sc->tenant, m->mailbox, campaign, now, arena_new(), *f, *clicks };
	keep_texts(s);
	return ERR_NONE;
}

enum err render_people_read(
	struct scope *sc, const struct message *m, size_t n, struct render_people *out)
{
	int64_t ids[CONTACT_MANY];

	if (n > CONTACT_MANY)
		n = CONTACT_MANY;
	for (size_t i = 0; i < n; i++)
		ids[i] = m[i].contact;
	return contact_find_many(sc, ids, n, &out->list, &out->count);
}

static enum err contact_among(
	struct scope *sc, const struct render_people *people, int64_t id, struct contact *c)
{
	for (size_t i = 0; people && i < people->count; i++)
		if (people->list[i].id == id) {
			*c = people->list[i];
			return ERR_NONE;
		}
	return contact_find(sc, id, c);
}

static enum err find_person(struct scope *sc, const struct message *m,
	const struct render_people *people, bool fields, struct mail_facts *f)
{
	const char *rcpt = m->rcpt;
	/* Example values where there is nobody yet. */
	struct contact c = { .email = rcpt, .name = "Alex Example", .company = "Example Ltd" };
	struct address a;
	struct contact_value *values = NULL;
	enum err e = m->contact ? contact_among(sc, people, m->contact, &c) : ERR_NONE;

	if (e)
		return e;
	if (m->contact && str_eq(c.state, "erased"))
		return fail(sc, ERR_MISSING, "the contact was erased");
	e = address_parse(sc, NULL, str_empty(rcpt) ? c.email : rcpt, &a);
	if (!e && m->contact && fields)
		e = contact_values(sc, m->contact, &values, &f->value_count);
	if (e)
		return e;
	f->values = values;
	f->email = c.email;
	f->to = a.wire;
	f->name = c.name;
	f->to_name = str_empty(rcpt) ? c.name : NULL;
	f->company = c.company;
	f->country = c.country;
	f->lang = c.lang;
	return ERR_NONE;
}

/* The subject of the mail that M answers: rendered again, for contents do not change. */
static enum err find_first_subject(
	struct scope *sc, struct render *r, const struct message *m, struct mail_facts *f)
{
	const char *at = m->thread ? strchr(m->thread, '@') : NULL;
	struct message first;
	struct template *t;
	int64_t id;
	enum err e;

	if (!at || !id_parse(arena_copy(sc->mem, m->thread, (size_t)(at - m->thread)), ID_MESSAGE,
			   &id))
		return ERR_NONE;
	e = message_find(sc, id, &first);
	if (!e && first.content)
		e = template_of(sc, r, first.content, false, &t);
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (!e && first.content && t->fields && !f->values)
		e = contact_values(
			sc, first.contact, (struct contact_value **)&f->values, &f->value_count);
	if (!e && first.content)
		e = render_subject(sc, t, f, &f->first_subject);
	return e;
}

static enum err render_locked(struct scope *sc, struct render *r, const struct message *m,
	const struct render_people *people, struct rendered *out)
{
	struct mail_facts f = { .tenant = sc->tenant };
	const char *lang = sc->lang;
	struct template *t = NULL;
	bool clicks = false;
	enum err e = ERR_NONE;

	if (r->keys.count == 0)
		e = token_keys_load(sc, &r->keys);
	if (!e)
		e = sender_of(sc, r, m, &f, &clicks);
	f.tenant = sc->tenant;
	f.message = m->id;
	f.thread = m->thread;
	if (!e)
		e = template_of(sc, r, m->content, clicks, &t);
	if (!e)
		e = find_person(sc, m, people, t->fields, &f);
	f.date = m->leased_at ? m->leased_at : now_real(sc).ms;
	if (!e && !t->own_subject)
		e = find_first_subject(sc, r, m, &f);
	if (e)
		return e;
	if (m->campaign)
		f.feedback_id = arena_printf(sc->mem, "%s:%s:%s:penguin",
			id_format(sc->mem, ID_CAMPAIGN, m->campaign), m->origin,
			id_format(sc->mem, ID_TENANT, sc->tenant));
	/* The footer speaks the mail's language, not that of whoever happens to send it. */
	sc->lang = t->lang;
	e = render_mail(sc, t, &r->keys, &f, out);
	sc->lang = lang;
	if (!e)
		out->from = arena_text(sc->mem, out->from);
	return e;
}

enum err render_message_among(struct scope *sc, struct render *r, const struct message *m,
	const struct render_people *people, struct rendered *out)
{
	enum err e;

	pthread_mutex_lock(&r->lock);
	e = render_locked(sc, r, m, people, out);
	pthread_mutex_unlock(&r->lock);
	return e;
}

enum err render_message(
	struct scope *sc, struct render *r, const struct message *m, struct rendered *out)
{
	return render_message_among(sc, r, m, NULL, out);
}

enum err render_preview(struct scope *sc, struct render *r, int64_t content, int64_t contact,
	int64_t mailbox, struct rendered *out)
{
	struct message m = {
		.origin = "test", .content = content, .contact = contact, .mailbox = mailbox
	};

	if (!contact)
		m.rcpt = "someone@example.com";
	return render_message(sc, r, &m, out);
}
