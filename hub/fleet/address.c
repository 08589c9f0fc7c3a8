/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/address.h"

#include "base/id.h"
#include "event/event.h"
#include "fleet/appliance.h"
#include "net/ip.h"
#include "tenant/audit.h"

#define POOL_MAX_BYTES   60
#define REASON_MAX_BYTES 200
#define REPORTED_MOST    64 /* addresses of one machine */

#define ADDRESS_COLUMNS                                                                            \
	"a.id AS id, a.ip AS ip, a.appliance AS appliance, p.name AS appliance_name, "             \
	"a.pool AS pool, a.source AS source, a.state AS state, a.reason AS reason, "               \
	"a.decided AS decided, a.since AS since, a.until AS until, a.rdns AS rdns, "               \
	"a.rdns_state AS rdns_state, COALESCE(a.score, -1) AS score, a.listed AS listed, "         \
	"a.cost AS cost, a.currency AS currency, a.seen_at AS seen_at, "                           \
	"a.checked_at AS checked_at, a.check_due AS check_due, a.created AS created "              \
	"FROM address a LEFT JOIN appliance p ON p.tenant = a.tenant AND p.id = a.appliance "
SQL(address_by_id, SQL_TENANT, "SELECT " ADDRESS_COLUMNS "WHERE a.tenant = $1 AND a.id = $2");
SQL(address_by_ip, SQL_TENANT, "SELECT " ADDRESS_COLUMNS "WHERE a.tenant = $1 AND a.ip = $2");
SQL(address_of_appliance, SQL_TENANT,
	"SELECT " ADDRESS_COLUMNS "WHERE a.tenant = $1 AND a.appliance = $2 ORDER BY a.id");
SQL(address_rows, SQL_TENANT,
	"SELECT " ADDRESS_COLUMNS "WHERE a.tenant = $1 AND a.id > $2 "
	"AND (CAST($3 AS TEXT) IS NULL OR a.state = $3) "
	"AND (CAST($4 AS TEXT) IS NULL OR a.pool = $4) "
	"AND (CAST($5 AS BIGINT) = 0 OR a.appliance = $5) ORDER BY a.id LIMIT $6");
SQL(address_insert, SQL_TENANT,
	"INSERT INTO address (tenant, id, ip, appliance, pool, source, state, reason, decided, "
	"since, cost, currency, seen_at, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
	"$11, $12, $13, $10) ON CONFLICT (tenant, ip) DO NOTHING");
SQL(address_save, SQL_TENANT,
	"UPDATE address SET appliance = $3, pool = $4, cost = $5, currency = $6 "
	"WHERE tenant = $1 AND id = $2");
SQL(address_put_appliance, SQL_TENANT,
	"UPDATE address SET appliance = $3, seen_at = COALESCE($4, seen_at) "
	"WHERE tenant = $1 AND id = $2");
SQL(address_put_state, SQL_TENANT,
	"UPDATE address SET state = $3, reason = $4, decided = $5, since = $6, until = $7 "
	"WHERE tenant = $1 AND id = $2 AND state = $8");
SQL(address_confirm, SQL_TENANT,
	"UPDATE address SET reason = $3, decided = 'operator', until = NULL "
	"WHERE tenant = $1 AND id = $2");
SQL(address_free, SQL_TENANT,
	"UPDATE address SET decided = 'tenant' WHERE tenant = $1 AND id = $2 "
	"AND decided = 'operator'");
SQL(address_delete, SQL_TENANT, "DELETE FROM address WHERE tenant = $1 AND id = $2");
SQL(address_delete_lists, SQL_TENANT,
	"DELETE FROM dnsbl WHERE tenant = $1 AND unit = 'address' AND unit_id = $2");

SHAPE(address_shape, struct address, COL(struct address, id), COL(struct address, ip),
	COL(struct address, appliance), COL(struct address, appliance_name),
	COL(struct address, pool), COL(struct address, source), COL(struct address, state),
	COL(struct address, reason), COL(struct address, decided), COL(struct address, since),
	COL(struct address, until), COL(struct address, rdns), COL(struct address, rdns_state),
	COL(struct address, score), COL(struct address, listed), COL(struct address, cost),
	COL(struct address, currency), COL(struct address, seen_at),
	COL(struct address, checked_at), COL(struct address, check_due),
	COL(struct address, created));

/* ---- reading ---- */

enum err address_find(struct scope *sc, int64_t id, struct address *out)
{
	enum err e = db_one(sc, &address_by_id, BIND(V(id)), &address_shape, out);

	return e == ERR_MISSING ? fail(sc, e, "There is no such address") : e;
}

enum err address_list(
	struct scope *sc, const struct address_filter *f, struct address **rows, size_t *n)
{
	return db_list(sc, &address_rows,
		BIND(V(f->after), V(str_empty(f->state) ? NULL : f->state),
			V(str_empty(f->pool) ? NULL : f->pool), V(f->appliance),
			V((int64_t)(f->limit ? f->limit : 50))),
		&address_shape, rows, n);
}

/* ---- moving ---- */

/* A person's words may name somebody: they stand in the sealed side row. */
static void log_move(struct scope *sc, const struct address *a, const struct address_move *m)
{
	bool hand = !str_eq(m->decided, "system");
	const char *machine = a->appliance ? arena_printf(sc->mem, ",\"appliance\":\"%s\"",
						     id_format(sc->mem, ID_APPLIANCE, a->appliance))
					   : "";

	event_add(sc, &(struct event){ .kind = "address.state",
			      .subject = a->id,
			      .data = arena_printf(sc->mem,
				      "{\"state\":\"%s\",\"was\":\"%s\",\"reason\":\"%s\"%s}",
				      m->to, a->state, hand ? "by hand" : m->reason, machine),
			      .detail = hand && !str_eq(m->reason, "hand") ? m->reason : NULL });
}

enum err address_move(struct scope *sc, const struct address *a, const struct address_move *m)
{
	int64_t changed = 0;
	enum err e;

	if (str_eq(a->state, m->to))
		return ERR_NONE;
	if (str_eq(a->decided, "operator") && !str_eq(m->decided, "operator"))
		return fail(sc, ERR_DENIED, "The operator decided what becomes of this address");
	if (!address_may(a->state, m->to))
		return fail(sc, ERR_CONFLICT, "It cannot go there from where it is");
	e = db_run(sc, &address_put_state,
		BIND(V(a->id), V(m->to), V(m->reason), V(m->decided), V(now_real(sc).ms),
			V_REF(m->until), V(a->state)),
		&changed);
	if (!e && !changed)
		return fail(sc, ERR_CONFLICT, "It was changed meanwhile");
	if (!e)
		log_move(sc, a, m);
	return e;
}

/* Where an address without a decision of its own belongs: with a machine or in the inventory. */
static enum err settle(struct scope *sc, const struct address *a, bool machine)
{
	if (str_eq(a->decided, "operator"))
		return ERR_NONE;
	if (machine && str_eq(a->state, "available"))
		return address_move(
			sc, a, &(struct address_move){ "assigned", "machine", "system", 0 });
	if (!machine && address_sends(a->state))
		return address_move(
			sc, a, &(struct address_move){ "available", "no_machine", "system", 0 });
	return ERR_NONE;
}

static bool by_hand(const char *from, const char *to)
{
	const char *ways[ADDRESS_STATES];
	size_t n = address_ways(from, ways);

	for (size_t i = 0; i < n; i++)
		if (str_eq(ways[i], to))
			return true;
	return false;
}

/* Whoever acts in the scope. */
static const char *who(const struct scope *sc)
{
	return sc->actor.kind == ACTOR_STAFF ? "operator" : "tenant";
}

static bool rests(const char *state)
{
	return str_eq(state, "quarantined") || str_eq(state, "burned");
}

/* It is there already, by a word that does not bind its company. */
static enum err confirm(struct scope *sc, const struct address *a, const char *reason)
{
	enum err e = db_run(sc, &address_confirm, BIND(V(a->id), V(reason)), NULL);

	if (!e)
		log_move(sc, a, &(struct address_move){ a->state, reason, "operator", 0 });
	return e ? e : audit_add(sc, "address.state", a->id);
}

enum err address_lead(struct scope *sc, int64_t id, const char *to, const char *reason)
{
	struct address a;
	enum err e = address_find(sc, id, &a);

	if (e)
		return e;
	if (reason && strlen(reason) > REASON_MAX_BYTES)
		return fail_field(sc, "reason", "A reason has at most 200 bytes");
	reason = str_empty(reason) ? "hand" : reason;
	if (str_eq(a.state, to) && rests(to) && str_eq(who(sc), "operator"))
		return confirm(sc, &a, reason);
	if (!by_hand(a.state, to))
		return fail_field(sc, "state", "It cannot go there from where it is");
	if (str_eq(to, "assigned") && !a.appliance)
		return fail_field(sc, "state", "No machine sends from it: give it one first");
	if (str_eq(to, "available") && a.appliance)
		return fail_field(sc, "state", "A machine sends from it: take it away first");
	e = address_move(sc, &a, &(struct address_move){ to, reason, who(sc), 0 });
	/* What the operator gives back is its company's again. */
	if (!e && !rests(to))
		e = db_run(sc, &address_free, BIND(V(a.id)), NULL);
	return e ? e : audit_add(sc, "address.state", a.id);
}

struct state_in {
	int64_t id;
	const char *to, *reason;
};

static enum err write_state(struct scope *sc, void *arg)
{
	const struct state_in *in = arg;

	return address_lead(sc, in->id, in->to, in->reason);
}

enum err address_set_state(struct scope *sc, int64_t id, const char *to, const char *reason)
{
	return db_write(sc, write_state, &(struct state_in){ id, to, reason });
}

/* ---- by hand ---- */

struct add_in {
	struct address_new in;
	const char *source;
	int64_t id;
};

static enum err insert(struct scope *sc, struct add_in *add)
{
	const struct address_new *in = &add->in;
	int64_t now = now_real(sc).ms, changed = 0;
	bool machine = in->appliance != 0, hand = str_eq(add->source, "hand");
	enum err e;

	add->id = new_id(sc);
	e = db_run(sc, &address_insert,
		BIND(V(add->id), V(in->ip), V_REF(in->appliance), V(in->pool ? in->pool : ""),
			V(add->source), V(machine ? "assigned" : "available"),
			V(hand ? "hand" : "machine"), V(hand ? who(sc) : "system"), V(now),
			V(in->cost), V(in->currency ? in->currency : "USD"),
			hand ? V_NULL : V(now)),
		&changed);
	if (!e && !changed)
		return fail_field(sc, "ip", "This address is in the inventory already");
	if (!e)
		event_addf(sc, "address.added", add->id, "{\"state\":\"%s\",\"source\":\"%s\"}",
			machine ? "assigned" : "available", add->source);
	return e;
}

static enum err find_machine(struct scope *sc, int64_t id)
{
	struct appliance a;
	enum err e = id ? appliance_find(sc, id, &a) : ERR_NONE;

	if (e == ERR_MISSING)
		return fail_field(sc, "appliance", "There is no such appliance");
	if (!e && id && (str_eq(a.state, "lost") || str_eq(a.state, "retired")))
		return fail_field(sc, "appliance", "This appliance sends no more");
	return e;
}

static enum err write_add(struct scope *sc, void *arg)
{
	struct add_in *add = arg;
	enum err e = find_machine(sc, add->in.appliance);

	if (!e)
		e = insert(sc, add);
	return e ? e : audit_add(sc, "address.add", add->id);
}

static enum err check_new(struct scope *sc, const struct address_new *in)
{
	if (in->pool && strlen(in->pool) > POOL_MAX_BYTES)
		return fail_field(sc, "pool", "A pool's name has at most 60 bytes");
	if (in->cost < 0)
		return fail_field(sc, "cost", "A price is not below nothing");
	if (in->currency && (strlen(in->currency) != 3 ||
				    strspn(in->currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3))
		return fail_field(sc, "currency", "A currency has three capital letters, as EUR");
	return ERR_NONE;
}

enum err address_add(struct scope *sc, const struct address_new *in, int64_t *id)
{
	struct add_in add = { .in = *in, .source = "hand" };
	enum err e = check_new(sc, in);

	if (e)
		return e;
	add.in.ip = ip_parse(sc->mem, in->ip ? str_trim(sc->mem, in->ip) : "");
	if (!add.in.ip)
		return fail_field(sc, "ip", "This is not an IP address");
	if (!ip_is_public(add.in.ip))
		return fail_field(sc, "ip", "The world cannot reach this address");
	e = db_write(sc, write_add, &add);
	if (!e)
		*id = add.id;
	return e;
}

struct edit_in {
	int64_t id;
	const struct address_new *in;
};

static enum err write_edit(struct scope *sc, void *arg)
{
	const struct edit_in *edit = arg;
	const struct address_new *in = edit->in;
	struct address a;
	enum err e = address_find(sc, edit->id, &a);

	if (!e)
		e = find_machine(sc, in->appliance);
	if (!e)
		e = db_run(sc, &address_save,
			BIND(V(a.id), V_REF(in->appliance), V(in->pool ? in->pool : ""),
				V(in->cost), V(in->currency ? in->currency : a.currency)),
			NULL);
	if (e)
		return e;
	event_addf(sc, "address.changed", a.id, "{}");
	a.appliance = in->appliance;
	e = settle(sc, &a, in->appliance != 0);
	return e ? e : audit_add(sc, "address.edit", a.id);
}

enum err address_edit(struct scope *sc, int64_t id, const struct address_new *in)
{
	enum err e = check_new(sc, in);

	return e ? e : db_write(sc, write_edit, &(struct edit_in){ id, in });
}

static enum err write_remove(struct scope *sc, void *arg)
{
	const int64_t *id = arg;
	struct address a;
	enum err e = address_find(sc, *id, &a);

	if (e)
		return e;
	if (address_sends(a.state))
		return fail(sc, ERR_CONFLICT, "Mail leaves from this address");
	if (str_eq(a.decided, "operator"))
		return fail(sc, ERR_DENIED, "The operator decided what becomes of this address");
	e = db_run(sc, &address_delete, BIND(V(a.id)), NULL);
	if (!e)
		e = db_run(sc, &address_delete_lists, BIND(V(a.id)), NULL);
	event_addf(sc, "address.removed", a.id, "{}");
	return e ? e : audit_add(sc, "address.remove", a.id);
}

enum err address_remove(struct scope *sc, int64_t id)
{
	return db_write(sc, write_remove, &id);
}

/* ---- by machines ---- */

static enum err take(struct scope *sc, int64_t appliance, const char *ip)
{
	struct add_in add = { .in = { .ip = ip, .appliance = appliance }, .source = "appliance" };
	struct address a;
	enum err e = db_one(sc, &address_by_ip, BIND(V(ip)), &address_shape, &a);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		return insert(sc, &add);
	}
	if (!e)
		e = db_run(sc, &address_put_appliance,
			BIND(V(a.id), V(appliance), V(now_real(sc).ms)), NULL);
	a.appliance = appliance;
	return e ? e : settle(sc, &a, true);
}

static enum err give_back(struct scope *sc, struct address *a)
{
	enum err e = db_run(sc, &address_put_appliance, BIND(V(a->id), V_NULL, V_NULL), NULL);

	return e ? e : settle(sc, a, false);
}

static bool is_named(const char *const *ips, size_t n, const char *ip)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(ips[i], ip))
			return true;
	return false;
}

enum err address_reported(struct scope *sc, int64_t appliance, const char *const *ips, size_t n)
{
	const char *list[REPORTED_MOST];
	struct address *rows;
	size_t count = 0, had;
	enum err e =
		db_list(sc, &address_of_appliance, BIND(V(appliance)), &address_shape, &rows, &had);

	for (size_t i = 0; i < n && count < REPORTED_MOST; i++) {
		const char *ip = ip_parse(sc->mem, ips[i]);

		if (ip && ip_is_public(ip) && !is_named(list, count, ip))
			list[count++] = ip;
	}
	for (size_t i = 0; i < had && !e; i++)
		if (str_eq(rows[i].source, "appliance") && !is_named(list, count, rows[i].ip))
			e = give_back(sc, &rows[i]);
	for (size_t i = 0; i < count && !e; i++)
		e = take(sc, appliance, list[i]);
	return e;
}

enum err address_leave(struct scope *sc, int64_t appliance)
{
	struct address *rows;
	size_t n;
	enum err e =
		db_list(sc, &address_of_appliance, BIND(V(appliance)), &address_shape, &rows, &n);

	for (size_t i = 0; i < n && !e; i++)
		e = give_back(sc, &rows[i]);
	return e;
}
