/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/workspace_page.h"

#include "base/id.h"
#include "guard/principal.h"
#include "tenant/member.h"
#include "tenant/tenant.h"
#include "tenant/workspace.h"
#include "text/html.h"

struct choose_in {
	int64_t workspace;
};
FORM(workspace_choose_form, struct choose_in, 0,
	FIELD(struct choose_in, workspace, FIELD_ID, 1, 1, true, ID_WORKSPACE, "Workspace"));

struct tenant_in {
	int64_t tenant;
};
FORM(tenant_choose_form, struct tenant_in, 0,
	FIELD(struct tenant_in, tenant, FIELD_ID, 1, 1, true, ID_TENANT, "Company"));

struct choice {
	int64_t session, workspace;
};

static enum err write_choice(struct scope *sc, void *arg)
{
	const struct choice *c = arg;

	return credential_choose(sc, c->session, sc->tenant, c->workspace);
}

static enum err choose(struct scope *sc, struct request *q, int64_t workspace)
{
	struct choice c = { request_principal(q)->credential, workspace };

	return db_write(sc, write_choice, &c);
}

enum err workspace_choose_post(struct scope *sc, struct request *q, const void *input)
{
	const struct choose_in *in = input;
	struct workspace *rows;
	size_t n;
	enum err e = sc->tenant ? workspace_list_of(sc, request_principal(q)->account, &rows, &n)
				: fail(sc, ERR_MISSING, "There is no such workspace.");

	for (size_t i = 0; !e && i < n; i++) {
		if (rows[i].id != in->workspace)
			continue;
		e = choose(sc, q, rows[i].id);
		if (!e)
			reply_go(sc, q, "/", tf("You work in %s now.", rows[i].name), NULL);
		return e;
	}
	return e ? e : fail(sc, ERR_MISSING, "There is no such workspace.");
}

/* The company's name, where the account belongs to it. */
static enum err find_membership(
	struct scope *sc, int64_t account, int64_t tenant, const char **name)
{
	struct membership *rows;
	size_t n;
	enum err e = member_tenants(sc, account, &rows, &n);

	for (size_t i = 0; !e && i < n; i++)
		if (rows[i].tenant == tenant) {
			*name = rows[i].name;
			return ERR_NONE;
		}
	return e ? e : fail(sc, ERR_MISSING, "There is no such company.");
}

enum err tenant_choose_post(struct scope *sc, struct request *q, const void *input)
{
	const struct tenant_in *in = input;
	struct workspace *rows = NULL;
	const char *name = NULL;
	size_t n = 0;
	enum err e = find_membership(sc, request_principal(q)->account, in->tenant, &name);

	if (e)
		return e;
	/* The account is a member there: from here on the request acts in that company. */
	sc->tenant = in->tenant;
	e = workspace_list_of(sc, request_principal(q)->account, &rows, &n);
	if (!e)
		e = choose(sc, q, n ? rows[0].id : 0);
	if (!e)
		reply_go(sc, q, "/", tf("You work for %s now.", name), NULL);
	return e;
}

static void fill_workspaces(struct scope *sc, int64_t account, struct shell *s)
{
	struct shell_workspace *list;
	struct workspace *rows;

	if (workspace_list_of(sc, account, &rows, &s->workspace_count) != ERR_NONE) {
		scope_clear(sc);
		return;
	}
	list = arena_array(sc->mem, s->workspace_count, sizeof *list);
	for (size_t i = 0; i < s->workspace_count; i++)
		list[i] = (struct shell_workspace){ rows[i].id, rows[i].name,
			rows[i].id == sc->workspace };
	s->workspaces = list;
}

void workspace_shell(struct scope *sc, const struct request *q, struct shell *s)
{
	struct tenant tenant;

	if (!request_principal(q) || !sc->tenant)
		return;
	if (tenant_find(sc, &tenant) != ERR_NONE) {
		scope_clear(sc);
		return;
	}
	s->tenant = tenant.name;
	if (!s->zone)
		s->zone = str_eq(tenant.zone, "UTC") ? NULL : tenant.zone;
	if (!str_eq(tenant.standing, "active"))
		s->standing = tenant.reason ? tenant.reason : t("Stopped");
	fill_workspaces(sc, request_principal(q)->account, s);
}
