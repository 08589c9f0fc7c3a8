/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "campaign/campaign.h"

#include "audience/import.h"
#include "campaign/campaign_priv.h"
#include "content/content.h"
#include "sender/mailbox.h"
#include "tenant/audit.h"

SQL(campaign_insert, SQL_TENANT,
	"INSERT INTO campaign (tenant, id, workspace, name, state, track_opens, track_clicks, "
	"audience, created, stop_on_reply, placed) "
	"VALUES ($1, $2, $3, $4, 'draft', $5, $6, $7, $8, $9, 1)");
#define COLUMNS                                                                                    \
	"id, workspace, name, state, track_opens, track_clicks, audience, version, created, "      \
	"launched_at, ended_at, stop_on_reply"
SQL(campaign_by_id, SQL_TENANT,
	"SELECT " COLUMNS " FROM campaign WHERE tenant = $1 AND id = $2 "
	"AND (CAST($3 AS BIGINT) = 0 OR workspace = $3)");
SQL(campaign_page, SQL_TENANT,
	"SELECT " COLUMNS " FROM campaign WHERE tenant = $1 AND workspace = $2 AND id < $3 "
	"AND ($4 = '' OR state = $4) AND ($5 = '' OR lower(name) LIKE $5 ESCAPE '\\') "
	"ORDER BY id DESC LIMIT $6");
SQL(campaign_update, SQL_TENANT,
	"UPDATE campaign SET name = $4, track_opens = CASE WHEN state = 'draft' THEN $5 ELSE "
	"track_opens END, track_clicks = CASE WHEN state = 'draft' THEN $6 ELSE track_clicks END, "
	"audience = CASE WHEN state = 'draft' THEN $7 ELSE audience END, stop_on_reply = $8, "
	"version = version + 1 "
	"WHERE tenant = $1 AND id = $2 AND version = $3 "
	"AND state IN ('draft', 'running', 'paused')");
SQL(campaign_touch, SQL_TENANT,
	"UPDATE campaign SET version = version + 1 "
	"WHERE tenant = $1 AND id = $2 AND version = $3 AND state = 'draft'");
SQL(campaign_delete, SQL_TENANT,
	"DELETE FROM campaign WHERE tenant = $1 AND id = $2 AND state = 'draft'");
SQL(campaign_mailboxes_clear, SQL_TENANT,
	"DELETE FROM campaign_mailbox WHERE tenant = $1 AND campaign = $2");
SQL(campaign_mailbox_add, SQL_TENANT,
	"INSERT INTO campaign_mailbox (tenant, campaign, mailbox) VALUES ($1, $2, $3) "
	"ON CONFLICT (tenant, campaign, mailbox) DO NOTHING");

SHAPE(campaign_shape, struct campaign, COL(struct campaign, id), COL(struct campaign, workspace),
	COL(struct campaign, name), COL(struct campaign, state), COL(struct campaign, track_opens),
	COL(struct campaign, track_clicks), COL(struct campaign, audience),
	COL(struct campaign, version), COL(struct campaign, created),
	COL(struct campaign, launched_at), COL(struct campaign, ended_at),
	COL(struct campaign, stop_on_reply));

/* ---- reading ---- */

enum err campaign_find(struct scope *sc, int64_t id, struct campaign *out)
{
	return db_one(sc, &campaign_by_id, BIND(V(id), V(sc->workspace)), &campaign_shape, out);
}

static const char *pattern_of(struct scope *sc, const char *typed)
{
	const char *lower = str_lower(sc->mem, str_trim(sc->mem, typed ? typed : ""));
	char *pattern, *p;

	if (!*lower)
		return "";
	p = pattern = arena_alloc(sc->mem, 2 * strlen(lower) + 3);
	*p++ = '%';
	for (; *lower; lower++) {
		if (strchr("%_\\", *lower))
			*p++ = '\\';
		*p++ = *lower;
	}
	*p = '%';
	return pattern;
}

enum err campaign_list(
	struct scope *sc, const struct campaign_filter *f, struct campaign **list, size_t *n)
{
	return db_list(sc, &campaign_page,
		BIND(V(sc->workspace), V(f->after > 0 ? f->after : INT64_MAX),
			V(f->state ? f->state : ""), V(pattern_of(sc, f->search)),
			V((int64_t)f->limit)),
		&campaign_shape, list, n);
}

enum err campaign_steps(struct scope *sc, int64_t id, struct campaign_step **steps, size_t *n)
{
	struct campaign_step *list;
	struct graph g;
	size_t count = 0;
	int64_t wait = 0;
	enum err e = graph_load(sc, id, &g);

	if (e)
		return e;
	list = arena_array(sc->mem, g.count, sizeof *list);
	for (const struct node *x = g.first; x && count < g.count; x = x->next) {
		struct content c;

		if (x->is == NODE_WAIT)
			wait += x->wait;
		if (x->is != NODE_STEP)
			continue;
		e = content_find(sc, x->content, &c);
		if (e)
			return e;
		list[count++] = (struct campaign_step){ wait, c.subject, c.html, c.text, x->id,
			x->content };
		wait = 0;
	}
	*steps = list;
	*n = count;
	return ERR_NONE;
}

/* ---- changing ---- */

static enum err check_name(struct scope *sc, const char *typed, const char **name)
{
	*name = str_trim(sc->mem, typed ? typed : "");
	if (!**name || strlen(*name) > 120 || strpbrk(*name, "\r\n"))
		return fail_field(sc, "name", "The name has 1 to 120 bytes, in one line");
	return ERR_NONE;
}

struct change {
	struct campaign c;
	const struct campaign_edit *edit;
	const struct campaign_step *steps;
	size_t count;
};

static enum err add_mailbox(struct scope *sc, int64_t campaign, int64_t mailbox)
{
	return db_run(sc, &campaign_mailbox_add, BIND(V(campaign), V(mailbox)), NULL);
}

static enum err insert(struct scope *sc, struct campaign *c)
{
	c->id = new_id(sc);
	return db_run(sc, &campaign_insert,
		BIND(V(c->id), V(c->workspace), V(c->name), V((int64_t)c->track_opens),
			V((int64_t)c->track_clicks), V(c->audience), V(now_real(sc).ms),
			V((int64_t)c->stop_on_reply)),
		NULL);
}

static enum err add(struct scope *sc, void *arg)
{
	struct change *x = arg;
	struct mailbox *boxes;
	size_t n;
	enum err e = mailbox_list(sc, &boxes, &n);

	if (!e)
		e = insert(sc, &x->c);
	for (size_t i = 0; !e && i < n && i < CAMPAIGN_MAX_MAILBOXES; i++)
		if (str_eq(boxes[i].state, "active"))
			e = add_mailbox(sc, x->c.id, boxes[i].id);
	if (e)
		return e;
	event_addf(sc, "campaign.added", x->c.id, "{}");
	return audit_add(sc, "campaign.add", x->c.id);
}

enum err campaign_add(struct scope *sc, const char *name, int64_t *id)
{
	struct change x = { .c = { .workspace = sc->workspace, .stop_on_reply = true } };
	enum err e = check_name(sc, name, &x.c.name);

	if (!e)
		e = db_write(sc, add, &x);
	if (!e)
		*id = x.c.id;
	return e;
}

/* Why a conditional update found nothing. */
static enum err refuse(struct scope *sc, int64_t id, int64_t version)
{
	struct campaign c;
	enum err e = campaign_find(sc, id, &c);

	if (e)
		return e;
	if (c.version != version)
		return fail(sc, ERR_CONFLICT,
			"Somebody else has changed this campaign. Load it again before you save");
	return fail(sc, ERR_CONFLICT, "A campaign that is %s cannot be changed so", c.state);
}

static enum err check_mailboxes(struct scope *sc, const struct campaign_edit *in)
{
	if (in->mailbox_count > CAMPAIGN_MAX_MAILBOXES)
		return fail_field(sc, "mailboxes", "At most %d mailboxes", CAMPAIGN_MAX_MAILBOXES);
	for (size_t i = 0; i < in->mailbox_count; i++) {
		struct mailbox m;
		enum err e = mailbox_find(sc, in->mailboxes[i], &m);

		if (e == ERR_MISSING || (!e && m.workspace != sc->workspace))
			return fail_field(sc, "mailboxes", "There is no such mailbox");
		if (e)
			return e;
	}
	return ERR_NONE;
}

static enum err check_audience(struct scope *sc, int64_t audience)
{
	struct import im;
	enum err e;

	if (!audience)
		return ERR_NONE;
	e = import_find(sc, audience, &im);
	if (e == ERR_MISSING || (!e && im.workspace != sc->workspace))
		return fail_field(sc, "audience", "There is no such import");
	return e;
}

static enum err edit(struct scope *sc, void *arg)
{
	const struct change *x = arg;
	const struct campaign_edit *in = x->edit;
	struct campaign there;
	int64_t changed = 0;
	/* One of another workspace is not there. */
	enum err e = campaign_find(sc, x->c.id, &there);

	if (!e)
		e = db_run(sc, &campaign_update,
			BIND(V(x->c.id), V(in->version), V(x->c.name), V((int64_t)in->track_opens),
				V((int64_t)in->track_clicks), V(in->audience),
				V((int64_t)in->stop_on_reply)),
			&changed);

	if (!e && changed == 0)
		return refuse(sc, x->c.id, in->version);
	if (!e)
		e = db_run(sc, &campaign_mailboxes_clear, BIND(V(x->c.id)), NULL);
	for (size_t i = 0; !e && i < in->mailbox_count; i++)
		e = add_mailbox(sc, x->c.id, in->mailboxes[i]);
	if (e)
		return e;
	event_addf(sc, "campaign.changed", x->c.id, "{}");
	return audit_add(sc, "campaign.edit", x->c.id);
}

enum err campaign_edit(struct scope *sc, int64_t id, const struct campaign_edit *in)
{
	struct change x = { .c.id = id, .edit = in };
	enum err e = check_name(sc, in->name, &x.c.name);

	if (!e)
		e = check_mailboxes(sc, in);
	if (!e)
		e = check_audience(sc, in->audience);
	return e ? e : db_write(sc, edit, &x);
}

/* ---- steps ---- */

static enum err check_steps(struct scope *sc, const struct campaign_step *steps, size_t n)
{
	if (n > CAMPAIGN_MAX_STEPS)
		return fail_field(sc, "steps", "At most %d steps", CAMPAIGN_MAX_STEPS);
	for (size_t i = 0; i < n; i++) {
		const char *field = arena_printf(sc->mem, "steps[%zu].wait", i);

		if (i == 0 && steps[i].wait != 0)
			return fail_field(sc, field, "Nothing comes before the first step");
		if (steps[i].wait < 0 || steps[i].wait > CAMPAIGN_MAX_WAIT)
			return fail_field(sc, field, "A wait is at most 365 days");
	}
	if (n > 0 && str_empty(steps[0].subject))
		return fail_field(sc, "steps[0].subject", "The first mail needs a subject");
	return ERR_NONE;
}

/* The field at fault is one of the step's. */
static enum err save_content(struct scope *sc, struct campaign_step *step, size_t place)
{
	struct content draft = { .lang = "en",
		.subject = step->subject ? step->subject : "",
		.html = step->html ? step->html : "",
		.text = step->text ? step->text : "" };
	enum err e = content_save(sc, &draft, &step->content);

	if (e == ERR_INPUT && sc->field)
		sc->field = arena_printf(sc->mem, "steps[%zu].%s", place, sc->field);
	return e;
}

static enum err set_steps(struct scope *sc, void *arg)
{
	struct change *x = arg;
	struct campaign_step *steps = arena_array(sc->mem, x->count, sizeof *steps);
	int64_t changed;
	enum err e = db_run(sc, &campaign_touch, BIND(V(x->c.id), V(x->c.version)), &changed);

	if (!e && changed == 0)
		return refuse(sc, x->c.id, x->c.version);
	for (size_t i = 0; !e && i < x->count; i++) {
		steps[i] = x->steps[i];
		e = save_content(sc, &steps[i], i);
	}
	if (!e)
		e = graph_save(sc, x->c.id, steps, x->count);
	if (e)
		return e;
	event_addf(sc, "campaign.changed", x->c.id, "{}");
	return audit_add(sc, "campaign.steps", x->c.id);
}

enum err campaign_set_steps(
	struct scope *sc, int64_t id, int64_t version, const struct campaign_step *steps, size_t n)
{
	struct change x = { .c = { .id = id, .version = version }, .steps = steps, .count = n };
	enum err e = check_steps(sc, steps, n);

	return e ? e : db_write(sc, set_steps, &x);
}

/* ---- copying and removing ---- */

static const char *name_of_copy(struct scope *sc, const char *name)
{
	size_t n = strlen(name);

	if (n > 100)
		n = 100;
	while (n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80)
		n--; /* not in the middle of a letter */
	return arena_printf(sc->mem, "%.*s %s", (int)n, name, tr(sc, "(copy)"));
}

static enum err copy(struct scope *sc, void *arg)
{
	struct change *x = arg;
	struct campaign from;
	struct mailbox *boxes;
	struct campaign_step *steps;
	size_t box_count, step_count;
	enum err e = campaign_find(sc, x->c.id, &from);

	if (!e)
		e = campaign_steps(sc, from.id, &steps, &step_count);
	if (!e)
		e = mailbox_list_campaign(sc, from.id, &boxes, &box_count);
	if (e)
		return e;
	x->c = from;
	x->c.name = name_of_copy(sc, from.name);
	e = insert(sc, &x->c);
	if (!e)
		e = graph_save(sc, x->c.id, steps, step_count);
	for (size_t i = 0; !e && i < box_count; i++)
		e = add_mailbox(sc, x->c.id, boxes[i].id);
	if (e)
		return e;
	event_addf(sc, "campaign.added", x->c.id, "{}");
	return audit_add(sc, "campaign.copy", x->c.id);
}

enum err campaign_copy(struct scope *sc, int64_t id, int64_t *made)
{
	struct change x = { .c.id = id };
	enum err e = db_write(sc, copy, &x);

	if (!e)
		*made = x.c.id;
	return e;
}

static enum err remove_draft(struct scope *sc, void *arg)
{
	const struct campaign *c = arg;
	int64_t changed;
	enum err e = db_run(sc, &campaign_delete, BIND(V(c->id)), &changed);

	if (!e && changed == 0)
		return refuse(sc, c->id, c->version);
	if (!e)
		e = graph_clear(sc, c->id);
	if (!e)
		e = db_run(sc, &campaign_mailboxes_clear, BIND(V(c->id)), NULL);
	if (e)
		return e;
	event_addf(sc, "campaign.removed", c->id, "{}");
	return audit_add(sc, "campaign.remove", c->id);
}

enum err campaign_remove(struct scope *sc, int64_t id)
{
	struct campaign c;
	enum err e = campaign_find(sc, id, &c);

	return e ? e : db_write(sc, remove_draft, &c);
}
