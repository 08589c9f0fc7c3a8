/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "people/session.h"

#include "crypt/secret.h"
#include "guard/principal.h"
#include "guard/throttle.h"
#include "people/account.h"

#define TRIES     5
#define WINDOW_MS (15 * MINUTE_MS)
/* An office shares one address. */
#define TRIES_FROM 20

static const struct throttle by_account = { "signin.account", TRIES, WINDOW_MS };
static const struct throttle by_place = { "signin.from", TRIES_FROM, WINDOW_MS };
static const struct throttle resets = { "reset.from", 3, HOUR_MS };

/* The first tenant of an account and the first workspace where it has a role: read across tenants,
   before one is known. */
SQL(session_first, SQL_SYSTEM,
	"SELECT m.tenant AS tenant, min(w.id) AS workspace FROM member m"
	" LEFT JOIN workspace w ON w.tenant = m.tenant AND w.state = 'active' AND EXISTS"
	" (SELECT 1 FROM permit p WHERE p.tenant = w.tenant AND p.who = 'account'"
	" AND p.who_id = m.account AND (p.workspace = 0 OR p.workspace = w.id))"
	" WHERE m.account = $1 AND m.state = 'active' AND (CAST($2 AS BIGINT) = 0 OR m.tenant = $2)"
	" GROUP BY m.tenant, m.joined ORDER BY m.joined, m.tenant LIMIT 1");

struct place {
	int64_t tenant, workspace;
};
SHAPE(place_shape, struct place, COL(struct place, tenant), COL(struct place, workspace));

static enum err first_place(struct scope *sc, int64_t account, int64_t tenant, struct place *p)
{
	struct scope all;
	enum err e;

	scope_open_for(&all, sc, 0);
	scope_system(&all);
	e = db_one(&all, &session_first, BIND(V(account), V(tenant)), &place_shape, p);
	if (e && e != ERR_MISSING)
		e = fail(sc, e, "%s", all.why ? all.why : "");
	scope_close(&all);
	return e == ERR_MISSING ? ERR_NONE : e;
}

struct opening {
	struct credential what;
	const char *token;
};

static enum err write_open(struct scope *sc, void *arg)
{
	struct opening *o = arg;

	return credential_issue(sc, CREDENTIAL_SESSION, "pms", &o->what, &o->token);
}

enum err session_open(
	struct scope *sc, int64_t account, int64_t tenant, const char *label, const char **token)
{
	struct opening o = { .what = { .account = account,
				     .label = label,
				     .expires = now_real(sc).ms + SESSION_MS } };
	struct place p = { 0 };
	enum err e = first_place(sc, account, tenant, &p);

	if (e)
		return e;
	o.what.tenant = p.tenant;
	o.what.workspace = p.workspace;
	e = db_write(sc, write_open, &o);
	if (!e)
		*token = o.token;
	return e;
}

/* ---- signing in ---- */

struct outcome {
	const char *key, *from;
	bool passed;
};

/* The account's count ends with a success; that of the place does not, or one's own account would
   be the way to go on guessing at others. */
static enum err write_outcome(struct scope *sc, void *arg)
{
	const struct outcome *o = arg;
	enum err e;

	if (o->passed)
		return throttle_forget(sc, &by_account, o->key);
	e = throttle_count(sc, &by_account, o->key);
	return e ? e : throttle_count(sc, &by_place, o->from);
}

static enum err wrong(struct scope *sc)
{
	return fail_field(sc, "password", "The address or the password is wrong.");
}

enum err session_signin(struct scope *sc, const struct signin *s, const char **token)
{
	struct outcome o = { .from = s->from };
	struct account a = { 0 };
	enum err e = account_key(sc, s->email, &o.key), failed;

	if (e)
		return wrong(sc);
	e = throttle_check(sc, &by_account, o.key);
	if (!e)
		e = throttle_check(sc, &by_place, o.from);
	if (e)
		return e;
	e = account_find_email(sc, s->email, &a);
	if (e && e != ERR_MISSING)
		return e;
	e = account_prove(sc, a.id, s->password);
	if (e && e != ERR_INPUT)
		return e;
	o.passed = !e && str_eq(a.state, "active");
	failed = db_write(sc, write_outcome, &o);
	if (failed)
		return failed;
	if (!o.passed)
		return wrong(sc);
	return session_open(sc, a.id, 0, s->label, token);
}

struct closing {
	int64_t account, session;
};

static enum err write_close(struct scope *sc, void *arg)
{
	const struct closing *c = arg;

	return credential_revoke(sc, c->account, c->session);
}

enum err session_close(struct scope *sc, int64_t account, int64_t session)
{
	struct closing c = { account, session };

	return db_write(sc, write_close, &c);
}

static enum err write_close_others(struct scope *sc, void *arg)
{
	const struct closing *c = arg;

	return credential_revoke_all(sc, c->account, CREDENTIAL_SESSION, c->session);
}

enum err session_close_others(struct scope *sc, int64_t account, int64_t keep)
{
	struct closing c = { account, keep };

	return db_write(sc, write_close_others, &c);
}

enum err session_list(struct scope *sc, int64_t account, struct credential **rows, size_t *n)
{
	return credential_list_account(sc, account, CREDENTIAL_SESSION, rows, n);
}

/* ---- a forgotten password ---- */

struct asking {
	const char *from;
	struct credential what;
	const char *token;
};

static enum err write_ask(struct scope *sc, void *arg)
{
	struct asking *a = arg;
	enum err e = throttle_count(sc, &resets, a->from);

	if (e || !a->what.account)
		return e;
	e = credential_revoke_all(sc, a->what.account, CREDENTIAL_RESET, 0);
	return e ? e : credential_issue(sc, CREDENTIAL_RESET, "pmr", &a->what, &a->token);
}

enum err reset_ask(struct scope *sc, const char *email, const char *from, const char **token)
{
	struct asking ask = { .from = from };
	struct account a = { 0 };
	enum err e = throttle_check(sc, &resets, from);

	if (e)
		return e;
	e = account_find_email(sc, email, &a);
	if (e && e != ERR_MISSING)
		return e;
	if (!e && str_eq(a.state, "active"))
		ask.what.account = a.id;
	ask.what.expires = now_real(sc).ms + RESET_MS;
	e = db_write(sc, write_ask, &ask);
	if (!e)
		*token = ask.token;
	return e;
}

struct using
{
	const char *hash;
	struct credential c;
};

static enum err write_use(struct scope *sc, void *arg)
{
	const struct using *u = arg;
	enum err e = credential_spend(sc, u->c.id);

	if (!e)
		e = account_set_hash(sc, u->c.account, u->hash, 0);
	return e ? e : account_verified(sc, u->c.account);
}

enum err reset_use(struct scope *sc, const char *token, const char *password, int64_t *account)
{
	struct using u = { 0 };
	struct account a;
	enum err e = credential_find(sc, CREDENTIAL_RESET, token, &u.c);

	if (!e)
		e = account_find(sc, u.c.account, &a);
	if (!e)
		e = account_check_password(sc, password, a.email);
	if (!e)
		e = password_hash(sc, password, &u.hash);
	if (!e)
		e = db_write(sc, write_use, &u);
	if (!e)
		*account = u.c.account;
	return e;
}
