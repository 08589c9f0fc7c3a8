/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sender/mailbox.h"

#include "event/event.h"
#include "fleet/part.h"
#include "mail/address.h"
#include "sender/domain.h"
#include "tenant/audit.h"
#include "text/zone.h"

SQL(mailbox_insert, SQL_TENANT,
	"INSERT INTO mailbox (tenant, id, workspace, domain, address, name, appliance, state, cap, "
	"gap, jitter, days, from_minute, to_minute, zone, created) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', $8, $9, $10, $11, $12, $13, $14, $15) "
	"ON CONFLICT (tenant, address) DO NOTHING");
SQL(mailbox_update, SQL_TENANT,
	"UPDATE mailbox SET name = $3, appliance = $4, cap = $5, gap = $6, jitter = $7, days = $8, "
	"from_minute = $9, to_minute = $10, zone = $11 WHERE tenant = $1 AND id = $2");
SQL(mailbox_update_state, SQL_TENANT,
	"UPDATE mailbox SET state = $3 WHERE tenant = $1 AND id = $2");
#define COLUMNS                                                                                    \
	"m.id, m.workspace, m.domain, m.address, m.name, m.appliance, m.state, m.cap, m.gap, "     \
	"m.jitter, m.days, m.from_minute, m.to_minute, m.zone, m.created"
SQL(mailbox_by_id, SQL_TENANT,
	"SELECT " COLUMNS " FROM mailbox m WHERE m.tenant = $1 AND m.id = $2 "
	"AND (CAST($3 AS BIGINT) = 0 OR workspace = $3)");
SQL(mailbox_by_address, SQL_TENANT,
	"SELECT " COLUMNS " FROM mailbox m WHERE m.tenant = $1 AND m.address = $2");
SQL(mailbox_of_workspace, SQL_TENANT,
	"SELECT " COLUMNS " FROM mailbox m WHERE m.tenant = $1 AND m.workspace = $2 "
	"ORDER BY m.address");
SQL(mailbox_of_campaign, SQL_TENANT,
	"SELECT " COLUMNS " FROM campaign_mailbox c JOIN mailbox m ON m.tenant = c.tenant "
	"AND m.id = c.mailbox WHERE c.tenant = $1 AND c.campaign = $2 ORDER BY c.mailbox");
SQL(mailbox_of_appliance, SQL_TENANT,
	"SELECT " COLUMNS " FROM mailbox m WHERE m.tenant = $1 AND m.appliance = $2 ORDER BY m.id");

SHAPE(mailbox_shape, struct mailbox, COL(struct mailbox, id), COL(struct mailbox, workspace),
	COL(struct mailbox, domain), COL(struct mailbox, address), COL(struct mailbox, name),
	COL(struct mailbox, appliance), COL(struct mailbox, state), COL(struct mailbox, cap),
	COL(struct mailbox, gap), COL(struct mailbox, jitter), COL(struct mailbox, days),
	COL(struct mailbox, from_minute), COL(struct mailbox, to_minute), COL(struct mailbox, zone),
	COL(struct mailbox, created));

/* ---- the part ---- */

static enum err offset_now(struct scope *sc, const char *name, int64_t *minutes)
{
	const struct zone *z;
	enum err e = zone_find(sc, NULL, name, &z);

	if (!e)
		*minutes = zone_offset(z, now_plan(sc).ms) / 60;
	return e;
}

enum err mailbox_push(struct scope *sc, int64_t appliance)
{
	struct part_mailboxes part;
	struct mailbox *list;
	size_t n;
	enum err e = mailbox_list_appliance(sc, appliance, &list, &n);

	if (e)
		return e;
	part.list = arena_array(sc->mem, n, sizeof *part.list);
	part.count = n;
	for (size_t i = 0; i < n; i++) {
		const struct mailbox *m = &list[i];

		part.list[i] = (struct part_mailbox){ .id = m->id,
			.address = m->address,
			.cap = m->cap,
			.gap_ms = m->gap,
			.jitter_ms = m->jitter,
			.days = m->days,
			.from_minute = m->from_minute,
			.to_minute = m->to_minute,
			.state = m->state,
			.by = "tenant" };
		e = offset_now(sc, m->zone, &part.list[i].offset_minutes);
		if (e)
			return e;
	}
	return part_put(sc, appliance, PART_MAILBOXES, wire_put_mailboxes(sc, &part));
}

/* ---- changes ---- */

static enum err check_pace(struct scope *sc, const struct mailbox_pace *p)
{
	const struct zone *z;

	if (p->cap < 1 || p->cap > 100000)
		return fail_field(sc, "cap", "The daily limit is between 1 and 100000");
	if (p->gap < 0 || p->gap > DAY_MS)
		return fail_field(sc, "gap", "The gap between two mails is at most a day");
	if (p->jitter < 0 || p->jitter > DAY_MS)
		return fail_field(sc, "jitter", "The random part of the gap is at most a day");
	if (p->days < 1 || p->days > 0x7f)
		return fail_field(sc, "days", "Choose at least one day of the week");
	if (p->from_minute < 0 || p->from_minute >= p->to_minute)
		return fail_field(sc, "from_minute", "The window must begin before it ends");
	if (p->to_minute > 24 * 60)
		return fail_field(sc, "to_minute", "The window ends at midnight at the latest");
	return zone_find(sc, "zone", p->zone, &z);
}

struct change {
	int64_t id;
	const struct mailbox_new *in;
	const char *address, *name, *state;
	int64_t domain;
};

static enum err find_domain(struct scope *sc, const char *name, int64_t *id)
{
	struct domain *list;
	size_t n;
	enum err e = domain_list(sc, &list, &n);

	for (size_t i = 0; !e && i < n; i++)
		if (str_eq(list[i].name, name)) {
			*id = list[i].id;
			return ERR_NONE;
		}
	return e ? e : fail_field(sc, "address", "Add the domain %s first", name);
}

static enum err insert(struct scope *sc, void *arg)
{
	struct change *c = arg;
	const struct mailbox_pace *p = &c->in->pace;
	int64_t changed;
	enum err e;

	c->id = new_id(sc);
	e = db_run(sc, &mailbox_insert,
		BIND(V(c->id), V(sc->workspace), V(c->domain), V(c->address), V(c->name),
			V_REF(c->in->appliance), V(p->cap), V(p->gap), V(p->jitter), V(p->days),
			V(p->from_minute), V(p->to_minute), V(p->zone), V(now_real(sc).ms)),
		&changed);
	if (e)
		return e;
	if (changed == 0)
		return fail_field(sc, "address", "This mailbox is already known");
	if (c->in->appliance)
		e = mailbox_push(sc, c->in->appliance);
	event_addf(sc, "mailbox.added", c->id, "{}");
	return e ? e : audit_add(sc, "mailbox.add", c->id);
}

static enum err check_name(struct scope *sc, const char *typed, const char **name)
{
	*name = str_trim(sc->mem, typed ? typed : "");
	if (strlen(*name) > 100 || strpbrk(*name, "\r\n"))
		return fail_field(sc, "name", "The name is one line of at most 100 bytes");
	return ERR_NONE;
}

enum err mailbox_add(struct scope *sc, const struct mailbox_new *in, int64_t *id)
{
	struct change c = { .in = in };
	struct address a;
	enum err e = address_parse(sc, "address", in->address, &a);

	if (e)
		return e;
	if (a.utf8)
		return fail_field(sc, "address", "The part before @ must be plain ASCII");
	if (domain_is_freemail(a.domain))
		return fail_field(sc, "address",
			"Mail as an address of this provider fails its DMARC policy. Use a domain of your own");
	c.address = str_lower(sc->mem, a.wire);
	e = check_name(sc, in->name, &c.name);
	if (!e)
		e = check_pace(sc, &in->pace);
	if (!e)
		e = find_domain(sc, a.domain, &c.domain);
	if (!e)
		e = db_write(sc, insert, &c);
	if (!e)
		*id = c.id;
	return e;
}

/* On another appliance both must know. */
static enum err push_both(struct scope *sc, int64_t old, int64_t new)
{
	enum err e = ERR_NONE;

	if (old && old != new)
		e = mailbox_push(sc, old);
	if (!e && new)
		e = mailbox_push(sc, new);
	return e;
}

static enum err edit(struct scope *sc, void *arg)
{
	const struct change *c = arg;
	const struct mailbox_pace *p = &c->in->pace;
	struct mailbox old;
	enum err e = mailbox_find(sc, c->id, &old);

	if (!e)
		e = db_run(sc, &mailbox_update,
			BIND(V(c->id), V(c->name), V_REF(c->in->appliance), V(p->cap), V(p->gap),
				V(p->jitter), V(p->days), V(p->from_minute), V(p->to_minute),
				V(p->zone)),
			NULL);
	if (!e)
		e = push_both(sc, old.appliance, c->in->appliance);
	if (e)
		return e;
	event_addf(sc, "mailbox.changed", c->id, "{\"cap\":%lld}", (long long)p->cap);
	return audit_add(sc, "mailbox.edit", c->id);
}

enum err mailbox_edit(struct scope *sc, int64_t id, const struct mailbox_new *in)
{
	struct change c = { .id = id, .in = in };
	enum err e = check_name(sc, in->name, &c.name);

	if (!e)
		e = check_pace(sc, &in->pace);
	return e ? e : db_write(sc, edit, &c);
}

static enum err set_state(struct scope *sc, void *arg)
{
	const struct change *c = arg;
	struct mailbox m;
	enum err e = mailbox_find(sc, c->id, &m);

	if (e || str_eq(m.state, c->state))
		return e;
	e = db_run(sc, &mailbox_update_state, BIND(V(c->id), V(c->state)), NULL);
	if (!e && m.appliance)
		e = mailbox_push(sc, m.appliance);
	if (e)
		return e;
	event_addf(sc, str_eq(c->state, "active") ? "mailbox.resumed" : "mailbox.stopped", c->id,
		"{}");
	return audit_add(sc, "mailbox.state", c->id);
}

enum err mailbox_stop(struct scope *sc, int64_t id)
{
	return db_write(sc, set_state, &(struct change){ .id = id, .state = "stopped" });
}

enum err mailbox_resume(struct scope *sc, int64_t id)
{
	return db_write(sc, set_state, &(struct change){ .id = id, .state = "active" });
}

/* ---- reading ---- */

enum err mailbox_find(struct scope *sc, int64_t id, struct mailbox *out)
{
	return db_one(sc, &mailbox_by_id, BIND(V(id), V(sc->workspace)), &mailbox_shape, out);
}

enum err mailbox_list(struct scope *sc, struct mailbox **list, size_t *n)
{
	return db_list(sc, &mailbox_of_workspace, BIND(V(sc->workspace)), &mailbox_shape, list, n);
}

enum err mailbox_list_appliance(
	struct scope *sc, int64_t appliance, struct mailbox **list, size_t *n)
{
	return db_list(sc, &mailbox_of_appliance, BIND(V(appliance)), &mailbox_shape, list, n);
}

enum err mailbox_find_address(struct scope *sc, const char *address, struct mailbox *out)
{
	return db_one(sc, &mailbox_by_address, BIND(V(address)), &mailbox_shape, out);
}

enum err mailbox_list_campaign(struct scope *sc, int64_t campaign, struct mailbox **list, size_t *n)
{
	return db_list(sc, &mailbox_of_campaign, BIND(V(campaign)), &mailbox_shape, list, n);
}
