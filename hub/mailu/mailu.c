/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/mailu.h"

#include "base/id.h"
#include "event/event.h"
#include "fleet/appliance.h"
#include "fleet/check.h"
#include "fleet/part.h"
#include "fleet/wanted.h"
#include "mail/address.h"
#include "mailu/mailu_account.h"
#include "mailu/selector.h"
#include "sender/domain.h"
#include "sender/mailbox.h"
#include "tenant/audit.h"

#define COLUMNS                                                                                    \
	"appliance, state, version, host, domain, postmaster, subnet, address, tls, digests, "     \
	"selector, number, next, old, COALESCE(old_until, 0) AS old_until, changed_at"
SQL(mailu_one, SQL_TENANT, "SELECT " COLUMNS " FROM mailu WHERE tenant = $1 AND appliance = $2");
SQL(mailu_rows, SQL_TENANT,
	"SELECT appliance AS id FROM mailu WHERE tenant = $1 ORDER BY appliance");
SQL(mailu_put, SQL_TENANT,
	"INSERT INTO mailu (tenant, appliance, state, version, host, domain, postmaster, subnet, "
	"address, tls, digests, selector, number, changed_at) "
	"VALUES ($1, $2, 'on', $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12) "
	"ON CONFLICT (tenant, appliance) DO UPDATE SET state = 'on', version = excluded.version, "
	"host = excluded.host, domain = excluded.domain, postmaster = excluded.postmaster, "
	"subnet = excluded.subnet, address = excluded.address, tls = excluded.tls, "
	"digests = excluded.digests, changed_at = excluded.changed_at");
SQL(mailu_rest, SQL_TENANT,
	"UPDATE mailu SET state = 'off', next = NULL, changed_at = $3 "
	"WHERE tenant = $1 AND appliance = $2 AND state = 'on'");
SQL(mailu_selector_taken, SQL_TENANT,
	"SELECT appliance FROM mailu WHERE tenant = $1 AND appliance <> $2 "
	"AND (selector = $3 OR next = $3 OR old = $3)");
SQL(mailu_limits, SQL_TENANT,
	"SELECT provider, delay, many FROM mailu_limit WHERE tenant = $1 AND appliance = $2");
SQL(mailu_limit_clear, SQL_TENANT, "DELETE FROM mailu_limit WHERE tenant = $1 AND appliance = $2");
SQL(mailu_limit_put, SQL_TENANT,
	"INSERT INTO mailu_limit (tenant, appliance, provider, delay, many) "
	"VALUES ($1, $2, $3, $4, $5)");

struct row {
	int64_t appliance;
	const char *state, *version, *host, *domain, *postmaster, *subnet, *address, *tls, *digests,
		*selector;
	int64_t number;
	const char *next, *old;
	int64_t old_until, changed_at;
};
SHAPE(row_shape, struct row, COL(struct row, appliance), COL(struct row, state),
	COL(struct row, version), COL(struct row, host), COL(struct row, domain),
	COL(struct row, postmaster), COL(struct row, subnet), COL(struct row, address),
	COL(struct row, tls), COL(struct row, digests), COL(struct row, selector),
	COL(struct row, number), COL(struct row, next), COL(struct row, old),
	COL(struct row, old_until), COL(struct row, changed_at));

struct limit_row {
	const char *provider;
	int64_t delay, many;
};
SHAPE(limit_shape, struct limit_row, COL(struct limit_row, provider), COL(struct limit_row, delay),
	COL(struct limit_row, many));

struct one_id {
	int64_t id;
};
SHAPE(id_shape, struct one_id, COL(struct one_id, id));

const char *const mailu_providers[MAILU_LIMITS] = { "google", "microsoft", "yahoo", "apple",
	"gmx" };

/* ---- reading ---- */

bool mailu_is_on(const struct mailu *m)
{
	return str_eq(m->state, "on");
}

static enum err read_limits(struct scope *sc, struct mailu *m)
{
	struct limit_row *rows;
	size_t n;
	enum err e = db_list(sc, &mailu_limits, BIND(V(m->appliance)), &limit_shape, &rows, &n);

	for (size_t i = 0; !e && i < n; i++)
		for (size_t k = 0; k < MAILU_LIMITS; k++)
			if (str_eq(rows[i].provider, mailu_providers[k]))
				m->settings.limits[k] =
					(struct mailu_limit){ rows[i].delay, rows[i].many };
	return e;
}

enum err mailu_find(struct scope *sc, int64_t appliance, struct mailu *m)
{
	struct row r;
	enum err e = db_one(sc, &mailu_one, BIND(V(appliance)), &row_shape, &r);

	if (e)
		return e;
	*m = (struct mailu){ .appliance = appliance,
		.state = r.state,
		.settings = { .version = r.version,
			.host = r.host,
			.domain = r.domain,
			.postmaster = r.postmaster,
			.subnet = r.subnet,
			.address = r.address,
			.tls = r.tls,
			.selector = r.selector,
			.digests = r.digests },
		.number = r.number,
		.next = r.next,
		.old = r.old,
		.old_until = r.old_until,
		.changed_at = r.changed_at };
	return read_limits(sc, m);
}

/* The domain of its first mailbox, or else the workspace's first. */
static enum err first_domain(struct scope *sc, int64_t appliance, const char **name)
{
	struct mailbox *boxes;
	struct domain *domains;
	size_t n;
	enum err e = mailbox_list_appliance(sc, appliance, &boxes, &n);

	*name = n ? strchr(boxes[0].address, '@') + 1 : "";
	if (e || n)
		return e;
	e = domain_list(sc, &domains, &n);
	if (!e && n)
		*name = domains[0].name;
	return e;
}

/* No two machines' keys may claim one name of a domain. */
const char *mailu_selector(struct scope *sc, int64_t appliance, int64_t number)
{
	const char *id = id_format(sc->mem, ID_APPLIANCE, appliance);

	return arena_printf(sc->mem, "pm%s-%lld", id + strlen(id) - 9, (long long)number);
}

enum err mailu_draft(struct scope *sc, int64_t appliance, struct mailu *m)
{
	const char *domain;
	enum err e = mailu_find(sc, appliance, m);

	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	e = first_domain(sc, appliance, &domain);
	if (e)
		return e;
	*m = (struct mailu){ .appliance = appliance,
		.state = "off",
		.settings = { .version = MAILU_VERSION,
			.host = str_empty(domain) ? "" : arena_printf(sc->mem, "mail.%s", domain),
			.domain = domain,
			.postmaster = "postmaster",
			.subnet = MAILU_SUBNET,
			.address = "",
			.tls = "letsencrypt",
			.selector = mailu_selector(sc, appliance, 1),
			.digests = "" } };
	return ERR_NONE;
}

/* ---- the parts ---- */

static enum err push(struct scope *sc, const struct mailu *m)
{
	struct part_accounts accounts;
	struct part_mailu part;
	enum err e = mailu_part(sc, m, &part);

	if (!e)
		e = part_put(sc, m->appliance, PART_MAILU, wire_put_mailu(sc, &part));
	if (!e)
		e = mailu_account_part(sc, m->appliance, m->settings.domain, &accounts);
	return e ? e : part_put(sc, m->appliance, PART_ACCOUNTS, wire_put_accounts(sc, &accounts));
}

enum err mailu_push(struct scope *sc, int64_t appliance)
{
	struct mailu m;
	enum err e = mailu_find(sc, appliance, &m);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	return e ? e : push(sc, &m);
}

enum err mailu_refresh(struct scope *sc)
{
	struct one_id *rows;
	size_t n;
	enum err e = db_list(sc, &mailu_rows, BIND_NONE, &id_shape, &rows, &n);

	for (size_t i = 0; !e && i < n; i++)
		e = mailu_push(sc, rows[i].id);
	return e;
}

/* ---- changes ---- */

struct change {
	int64_t appliance;
	struct mailu_settings settings;
};

static enum err normal_name(
	struct scope *sc, const char *field, const char *typed, const char **name)
{
	return address_domain(sc, field, typed ? str_trim(sc->mem, typed) : "", name);
}

static enum err check_limits(struct scope *sc, const struct mailu_settings *s)
{
	for (size_t i = 0; i < MAILU_LIMITS; i++)
		if (s->limits[i].delay < 0 || s->limits[i].delay > 3600 || s->limits[i].many < 0 ||
			s->limits[i].many > 100)
			return fail_field(sc, mailu_providers[i],
				"At most an hour between two mails, and 100 connections");
	return ERR_NONE;
}

/* Whoever sends as a domain must be seen to own it. */
static enum err check_domain(struct scope *sc, const char *name)
{
	struct domain d;
	enum err e = domain_find_name(sc, name, &d);

	return e == ERR_MISSING ? fail_field(sc, "domain", "Add the domain %s first", name) : e;
}

static enum err check_selector(struct scope *sc, int64_t appliance, const char *selector)
{
	int64_t other;
	enum err e = db_int(sc, &mailu_selector_taken, BIND(V(appliance), V(selector)), &other);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	return e ? e
		 : fail_field(sc, "selector",
			   "Another appliance has this selector: their keys would claim one name");
}

static enum err check_machine(struct scope *sc, int64_t appliance)
{
	struct appliance a;
	enum err e = appliance_find(sc, appliance, &a);

	if (!e && (str_eq(a.state, "lost") || str_eq(a.state, "retired")))
		return fail(sc, ERR_CONFLICT, "The appliance is not there to run anything");
	return e;
}

static enum err check(struct scope *sc, const struct change *c)
{
	struct part_mailu part;
	const struct mailu m = { .state = "on", .settings = c->settings };
	enum err e = check_machine(sc, c->appliance);

	if (!e)
		e = mailu_part(sc, &m, &part);
	if (!e)
		e = mailu_check(sc, &part);
	if (!e)
		e = check_limits(sc, &c->settings);
	if (!e)
		e = check_domain(sc, c->settings.domain);
	return e ? e : check_selector(sc, c->appliance, c->settings.selector);
}

static enum err put_limits(struct scope *sc, const struct change *c)
{
	enum err e = db_run(sc, &mailu_limit_clear, BIND(V(c->appliance)), NULL);

	for (size_t i = 0; !e && i < MAILU_LIMITS; i++) {
		const struct mailu_limit *l = &c->settings.limits[i];

		if (l->many || l->delay)
			e = db_run(sc, &mailu_limit_put,
				BIND(V(c->appliance), V(mailu_providers[i]), V(l->delay),
					V(l->many ? l->many : 1)),
				NULL);
	}
	return e;
}

static enum err tell(struct scope *sc, int64_t appliance, const char *state)
{
	event_addf(sc, "appliance.mailu", appliance, "{\"appliance\":\"%s\",\"state\":\"%s\"}",
		id_format(sc->mem, ID_APPLIANCE, appliance), state);
	return audit_add(sc, str_eq(state, "on") ? "mailu.set" : "mailu.off", appliance);
}

/* A change of keys that was under way when it was turned off goes on. */
static enum err watch(struct scope *sc, int64_t appliance)
{
	struct mailu m;
	enum err e = mailu_find(sc, appliance, &m);

	return e ? e : selector_watch(sc, &m);
}

static enum err write_set(struct scope *sc, void *arg)
{
	const struct change *c = arg;
	const struct mailu_settings *s = &c->settings;
	enum err e = check(sc, c);

	if (!e)
		e = db_run(sc, &mailu_put,
			BIND(V(c->appliance), V(s->version), V(s->host), V(s->domain),
				V(s->postmaster), V(s->subnet), V(s->address), V(s->tls),
				V(s->digests), V(s->selector), V(now_real(sc).ms)),
			NULL);
	if (!e)
		e = put_limits(sc, c);
	if (!e)
		e = mailu_push(sc, c->appliance);
	if (!e)
		e = watch(sc, c->appliance);
	return e ? e : tell(sc, c->appliance, "on");
}

static const char *given(struct scope *sc, const char *typed, const char *stands)
{
	return typed ? str_trim(sc->mem, typed) : stands;
}

/* What is not said stays as it is. */
enum err mailu_set(struct scope *sc, int64_t appliance, const struct mailu_settings *in)
{
	struct change c = { .appliance = appliance };
	struct mailu_settings *s = &c.settings;
	struct mailu had;
	enum err e = mailu_draft(sc, appliance, &had);

	if (e)
		return e;
	*s = had.settings;
	memcpy(s->limits, in->limits, sizeof s->limits);
	s->version = given(sc, in->version, s->version);
	s->postmaster = str_lower(sc->mem, given(sc, in->postmaster, s->postmaster));
	s->subnet = given(sc, in->subnet, s->subnet);
	s->address = given(sc, in->address, s->address);
	s->tls = given(sc, in->tls, s->tls);
	s->digests = given(sc, in->digests, s->digests);
	if (!had.number && !str_empty(in->selector))
		s->selector = str_lower(sc->mem, str_trim(sc->mem, in->selector));
	e = normal_name(sc, "host", in->host ? in->host : s->host, &s->host);
	if (!e)
		e = normal_name(sc, "domain", in->domain ? in->domain : s->domain, &s->domain);
	return e ? e : db_write(sc, write_set, &c);
}

static enum err write_off(struct scope *sc, void *arg)
{
	const int64_t *appliance = arg;
	int64_t changed = 0;
	enum err e = db_run(sc, &mailu_rest, BIND(V(*appliance), V(now_real(sc).ms)), &changed);

	if (!e && !changed)
		return fail(sc, ERR_CONFLICT, "MailU is not on there");
	if (!e)
		e = mailu_push(sc, *appliance);
	if (!e)
		e = wanted_drop(sc, *appliance);
	/* Nothing is looked after any more. */
	if (!e)
		e = check_put(sc, *appliance, NULL, 0);
	return e ? e : tell(sc, *appliance, "off");
}

enum err mailu_off(struct scope *sc, int64_t appliance)
{
	struct appliance a;
	enum err e = appliance_find(sc, appliance, &a);

	return e ? e : db_write(sc, write_off, &appliance);
}
