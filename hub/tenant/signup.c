/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/signup.h"

#include "crypt/secret.h"
#include "guard/credential.h"
#include "guard/throttle.h"
#include "people/account.h"
#include "tenant/tenant.h"

static const struct throttle asks = { "signup.from", 5, HOUR_MS };

struct asking {
	const char *from;
	struct credential what;
	const char *token;
};

static enum err write_ask(struct scope *sc, void *arg)
{
	struct asking *a = arg;
	enum err e = throttle_count(sc, &asks, a->from);

	return e ? e : credential_issue(sc, CREDENTIAL_VERIFY, "pmv", &a->what, &a->token);
}

enum err signup_ask(
	struct scope *sc, const char *email, const char *from, const char **token, bool *known)
{
	struct asking a = { .from = from, .what = { .expires = now_real(sc).ms + SIGNUP_MS } };
	struct account account;
	enum err e = account_key(sc, email, &a.what.email), found;

	if (!e)
		e = throttle_check(sc, &asks, from);
	if (e)
		return e;
	found = account_find_email(sc, email, &account);
	if (found && found != ERR_MISSING)
		return found;
	a.what.email = email;
	e = db_write(sc, write_ask, &a);
	if (e)
		return e;
	*token = a.token;
	*known = found == ERR_NONE;
	return ERR_NONE;
}

enum err signup_find(struct scope *sc, const char *token, const char **email)
{
	struct credential c;
	enum err e = credential_find(sc, CREDENTIAL_VERIFY, token, &c);

	if (!e)
		*email = c.email;
	return e;
}

struct using
{
	struct credential c;
	struct account_new account;
	struct tenant_new tenant;
	int64_t account_id, tenant_id, workspace;
};

static enum err write_use(struct scope *sc, void *arg)
{
	struct using *u = arg;
	enum err e = credential_spend(sc, u->c.id);

	if (!e)
		e = account_add(sc, &u->account, &u->account_id);
	u->tenant.owner = u->account_id;
	return e ? e : tenant_add(sc, &u->tenant, &u->tenant_id, &u->workspace);
}

enum err signup_use(struct scope *sc, const char *token, const struct signup *s, int64_t *account,
	int64_t *tenant)
{
	struct using u = { .account = { .name = s->name, .verified = true },
		.tenant = { .name = s->company, .locale = s->locale } };
	enum err e = credential_find(sc, CREDENTIAL_VERIFY, token, &u.c);

	if (e)
		return e;
	u.account.email = u.c.email;
	e = account_check_password(sc, s->password, u.c.email);
	if (!e)
		e = password_hash(sc, s->password, &u.account.hash);
	if (!e)
		e = db_write(sc, write_use, &u);
	if (e)
		return e;
	*account = u.account_id;
	*tenant = u.tenant_id;
	return ERR_NONE;
}
