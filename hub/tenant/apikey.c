/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/apikey.h"

#include "guard/principal.h"
#include "tenant/audit.h"
#include "tenant/workspace.h"

struct add {
	struct credential what;
	const char *token;
};

static enum err write_key(struct scope *sc, void *arg)
{
	struct add *a = arg;
	enum err e = credential_issue(sc, CREDENTIAL_KEY, "pmk", &a->what, &a->token);

	return e ? e : audit_add(sc, "apikey.add", a->what.account);
}

static enum err first_workspace(struct scope *sc, int64_t *id)
{
	struct workspace *list;
	size_t n;
	enum err e = workspace_list(sc, &list, &n);

	if (!e && n > 0)
		*id = list[0].id;
	return e;
}

enum err apikey_add(struct scope *sc, const struct apikey_new *k, const char **token)
{
	struct add a = { .what = { .tenant = sc->tenant,
				 .account = k->account,
				 .workspace = k->workspace,
				 .label = k->name,
				 .expires = now_real(sc).ms + APIKEY_MS } };
	const char *held;
	enum err e = ERR_NONE;

	if (!a.what.workspace)
		e = first_workspace(sc, &a.what.workspace);
	if (!e)
		e = principal_rights(sc, k->account, a.what.workspace, &held);
	if (e)
		return e;
	a.what.scopes = rights_common(sc, k->rights, held);
	if (str_empty(a.what.scopes) ||
		!str_eq(a.what.scopes, rights_common(sc, k->rights, k->rights)))
		return fail_field(
			sc, "rights", "A key cannot have rights that its creator does not have.");
	e = db_write(sc, write_key, &a);
	if (!e)
		*token = a.token;
	return e;
}

enum err apikey_list(struct scope *sc, struct credential **rows, size_t *n)
{
	return credential_list_tenant(sc, CREDENTIAL_KEY, rows, n);
}

static enum err write_revoke(struct scope *sc, void *arg)
{
	const int64_t *id = arg;
	enum err e = credential_revoke_of_tenant(sc, CREDENTIAL_KEY, *id);

	return e ? e : audit_add(sc, "apikey.revoke", *id);
}

enum err apikey_revoke(struct scope *sc, int64_t id)
{
	return db_write(sc, write_revoke, &id);
}
