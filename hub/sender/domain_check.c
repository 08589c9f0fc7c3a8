/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sender/domain_check.h"

#include "base/id.h"
#include "base/words.h"
#include "config.h"
#include "event/event.h"
#include "hub.h"
#include "net/dns.h"
#include "sender/record.h"
#include "sender/record_judge.h"
#include "sender/sender_priv.h"
#include "tenant/audit.h"

/* A new domain is looked at often: somebody waits for it. */
#define YOUNG_MS   HOUR_MS
#define WAITING_MS (3 * DAY_MS)
#define JITTER_MS  (5 * MINUTE_MS)

SQL(record_put, SQL_TENANT,
	"INSERT INTO record (tenant, domain, purpose, name, found, state, reason, checked_at, "
	"since) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) "
	"ON CONFLICT (tenant, domain, purpose) DO UPDATE SET name = excluded.name, "
	"found = excluded.found, state = excluded.state, reason = excluded.reason, "
	"checked_at = excluded.checked_at, since = CASE WHEN record.state = excluded.state "
	"THEN record.since ELSE excluded.since END");
SQL(record_unclear, SQL_TENANT,
	"INSERT INTO record (tenant, domain, purpose, name, found, state, reason, checked_at, "
	"since) VALUES ($1, $2, $3, $4, '', 'unclear', $5, 0, $6) "
	"ON CONFLICT (tenant, domain, purpose) DO UPDATE SET reason = excluded.reason");
SQL(domain_update_checked, SQL_TENANT,
	"UPDATE domain SET checked_at = $3, check_due = $4 WHERE tenant = $1 AND id = $2");
SQL(domain_update_pending, SQL_TENANT,
	"UPDATE domain SET state = 'pending', proved = NULL, check_due = 0 "
	"WHERE tenant = $1 AND id = $2 AND state = 'stopped'");

/* ---- asking for a check ---- */

enum err domain_check_soon(struct scope *sc, int64_t id)
{
	return job_now(sc, "domain.check", id, id_format(sc->mem, ID_DOMAIN, id));
}

enum err domain_check_name_soon(struct scope *sc, const char *name)
{
	struct domain d;
	enum err e = domain_find_name(sc, name, &d);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	return e || str_eq(d.state, "stopped") ? e : domain_check_soon(sc, d.id);
}

static enum err ask(struct scope *sc, void *arg)
{
	const int64_t *id = arg;
	struct domain d;
	enum err e = domain_find(sc, *id, &d);

	if (!e && str_eq(d.state, "stopped")) {
		e = db_run(sc, &domain_update_pending, BIND(V(*id)), NULL);
		event_addf(sc, "domain.state", *id, "{\"state\":\"pending\"}");
		if (!e)
			e = audit_add(sc, "domain.resume", *id);
	}
	return e ? e : domain_check_soon(sc, *id);
}

enum err domain_check_ask(struct scope *sc, int64_t id)
{
	return db_write(sc, ask, &id);
}

/* ---- looking up ---- */

/* In the order of records; what stands above the domain is asked last. */
enum question { Q_OWNER, Q_MX, Q_SPF, Q_DKIM, Q_DMARC };

struct checking {
	const struct job *job;
	int64_t id;
	struct records records;
	const char *token;
	const struct dns_answer *answers;
	struct verdict *verdicts; /* arena; one per record */
	bool changed;
};

/* What stands above NAME and is no top-level domain, or NULL. */
static const char *parent_of(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot && strchr(dot + 1, '.') ? dot + 1 : NULL;
}

static struct verdict judge_key(
	struct scope *sc, const struct record *r, const struct dns_answer *a)
{
	return r->wanted ? judge_dkim_exactly(sc, a, r->expected) : judge_dkim(sc, a);
}

static void judge(struct scope *sc, struct checking *c, const struct dns_answer *parent)
{
	const struct records *r = &c->records;
	const struct dns_answer *a = c->answers;
	struct verdict *v = arena_array(sc->mem, r->count, sizeof *v);

	v[Q_OWNER] = judge_owner(sc, &a[Q_OWNER], c->token);
	v[Q_MX] = judge_mx_exactly(sc, &a[Q_MX], r->hosts, r->host_count);
	v[Q_SPF] = r->policy ? judge_spf_exactly(
				       sc, &a[Q_SPF], r->policy, str_eq(v[Q_MX].state, "good"))
			     : judge_spf(sc, &a[Q_SPF]);
	v[Q_DKIM] = judge_key(sc, &r->list[Q_DKIM], &a[Q_DKIM]);
	v[Q_DMARC] = judge_dmarc(sc, &a[Q_DMARC], parent);
	for (size_t i = RECORD_COUNT; i < r->count; i++)
		v[i] = judge_key(sc, &r->list[i], &a[i]);
	c->verdicts = v;
}

static enum err look_up(struct scope *sc, const struct domain *d, struct checking *c)
{
	const struct config *config = hub_of(sc)->config;
	const char *parent = parent_of(d->name);
	struct dns_options options = {
		.servers = config && !str_empty(config->dns_servers) ? config->dns_servers : NULL
	};
	size_t n = c->records.count;
	struct dns_query *q = arena_array(sc->mem, n + 1, sizeof *q);
	struct dns_answer *answers;
	enum err e;

	for (size_t i = 0; i < n; i++)
		q[i] = (struct dns_query){ c->records.list[i].name, i == Q_MX ? DNS_MX : DNS_TXT };
	q[n] = (struct dns_query){ arena_printf(sc->mem, "_dmarc.%s", parent ? parent : ""),
		DNS_TXT };
	e = dns_look_up(sc, &options, q, parent ? n + 1 : n, &answers);
	if (e)
		return e;
	c->answers = answers;
	judge(sc, c, parent ? &answers[n] : NULL);
	return ERR_NONE;
}

/* ---- keeping ---- */

static const struct verdict *verdict_on(const struct checking *c, const struct wanted *w)
{
	if (str_eq(w->type, "MX"))
		return &c->verdicts[Q_MX];
	for (size_t i = 0; i < c->records.count; i++)
		if (c->records.list[i].wanted == w)
			return &c->verdicts[i];
	return &c->verdicts[Q_SPF];
}

/* What an appliance asked for has its state where it was asked for, too. */
static enum err put_wanted(struct scope *sc, const struct checking *c)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; i < c->records.wanted_count && !e; i++) {
		struct wanted w = c->records.wanted[i];
		const struct verdict *v = verdict_on(c, &c->records.wanted[i]);

		w.state = v->state;
		w.reason = v->reason;
		w.found = v->found;
		e = wanted_seen(sc, &w);
	}
	return e;
}

static enum err put(struct scope *sc, struct checking *c, size_t i)
{
	const struct record *r = &c->records.list[i];
	const struct verdict *v = &c->verdicts[i];
	int64_t now = now_real(sc).ms;

	/* Of keys beyond the first there is no other row. */
	if (i >= RECORD_COUNT) {
		c->changed |= !str_eq(r->state, v->state);
		return ERR_NONE;
	}
	if (str_eq(v->state, "unclear"))
		return db_run(sc, &record_unclear,
			BIND(V(c->id), V(r->purpose), V(r->name), V(v->reason), V(now)), NULL);
	c->changed |= !str_eq(r->state, v->state) || !str_eq(r->found, v->found);
	return db_run(sc, &record_put,
		BIND(V(c->id), V(r->purpose), V(r->name), V(v->found), V(v->state), V(v->reason),
			V(now)),
		NULL);
}

static int64_t next_check(const struct scope *sc, const struct domain *d)
{
	int64_t now = now_real(sc).ms, age = now - d->created, wait = HOUR_MS + d->id % JITTER_MS;

	if (str_eq(d->state, "pending") && age < YOUNG_MS)
		wait = MINUTE_MS;
	else if (str_eq(d->state, "pending") && age < WAITING_MS)
		wait = 10 * MINUTE_MS;
	return now + wait;
}

/* Whose the domain is follows from what stands in its DNS now. */
static enum err judge_claim(struct scope *sc, struct checking *c, struct domain *d)
{
	struct verdict *owner = &c->verdicts[Q_OWNER];
	const struct dns_answer *a = &c->answers[Q_OWNER];
	bool mine;
	enum err e;

	if (str_eq(owner->state, "unclear"))
		return ERR_NONE;
	if (str_eq(owner->state, "good")) {
		e = domain_claim(sc, d->name, c->token, a, &mine);
		if (!e && !mine)
			*owner = (struct verdict){ "wrong",
				WORD("Another company has proved that this domain is its own."),
				owner->found };
	} else {
		e = domain_is_claimed(sc, d->name, &mine);
	}
	if (e)
		return e;
	if (str_eq(owner->state, "good") && str_eq(d->state, "pending")) {
		d->state = "verified";
		return domain_put_state(sc, d->id, "verified", "dns");
	}
	/* Its record went, and somebody else has proved it since. */
	if (!mine && str_eq(d->state, "verified") && str_eq(d->proved, "dns")) {
		d->state = "pending";
		return domain_put_state(sc, d->id, "pending", NULL);
	}
	return ERR_NONE;
}

static enum err keep(struct scope *sc, void *arg)
{
	struct checking *c = arg;
	struct domain d;
	enum err e = c->job ? job_hold(sc, c->job) : ERR_NONE;

	if (!e)
		e = domain_find(sc, c->id, &d);
	if (!e && str_eq(d.state, "stopped"))
		return ERR_NONE;
	if (!e)
		e = judge_claim(sc, c, &d);
	for (size_t i = 0; !e && i < c->records.count; i++)
		e = put(sc, c, i);
	if (!e)
		e = put_wanted(sc, c);
	if (e)
		return e;
	/* Whoever asked waits for an answer, also for the same as before. */
	if (c->changed || (c->job && str_eq(c->job->kind, "domain.check")))
		event_addf(sc, "domain.checked", c->id, "{}");
	return db_run(sc, &domain_update_checked,
		BIND(V(c->id), V(now_real(sc).ms), V(next_check(sc, &d))), NULL);
}

enum err domain_check(struct scope *sc, const struct job *j, int64_t id)
{
	struct checking c = { .job = j, .id = id };
	struct domain d;
	enum err e = domain_find(sc, id, &d);

	if (!e)
		e = record_list(sc, &d, &c.records);
	if (!e)
		e = record_token(sc, d.name, &c.token);
	if (e)
		return e;
	e = look_up(sc, &d, &c);
	return e ? e : db_write(sc, keep, &c);
}
