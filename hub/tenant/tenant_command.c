/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/tenant_command.h"

#include "base/id.h"
#include "people/account.h"
#include "tenant/apikey.h"
#include "tenant/member.h"
#include "tenant/role.h"
#include "tenant/tenant.h"
#include "text/json.h"

/* SC works for the tenant called NAME from now on. */
static enum err choose(struct scope *sc, const char *name)
{
	enum err e;

	scope_system(sc);
	e = tenant_find_name(sc, name, &sc->tenant);
	return e == ERR_MISSING ? fail(sc, e, "no tenant is called %s", name) : e;
}

const struct command_option tenant_add_options[] = {
	{ "name", "NAME", true, "The company." },
	{ "owner", "ADDRESS", true, "An existing account, which becomes its owner." },
	{ "postal", "TEXT", false, "The postal address that stands in every mail." },
	{ "zone", "ZONE", false, "Its time zone; UTC where it is not given." },
	{ 0 },
};

enum err tenant_add_command(struct scope *sc, struct command_line *line)
{
	const char *owner = command_option(line, "owner");
	struct tenant_new t = { .name = command_option(line, "name"),
		.postal = command_option(line, "postal"),
		.zone = command_option(line, "zone") };
	struct account a;
	int64_t tenant, workspace;
	enum err e = account_find_email(sc, owner, &a);

	if (e == ERR_MISSING)
		return fail(sc, e, "nobody has the address %s", owner);
	t.owner = e ? 0 : a.id;
	if (!e)
		e = tenant_add(sc, &t, &tenant, &workspace);
	if (!e)
		out_printf(&line->out, "%s\n", id_format(sc->mem, ID_TENANT, tenant));
	return e;
}

const struct command_option tenant_list_options[] = {
	{ "json", NULL, false, "As JSON." },
	{ 0 },
};

static void put_json(struct out *o, const struct tenant *t)
{
	json_open(o);
	json_add_id(o, "id", ID_TENANT, t->tenant);
	json_add_text(o, "name", t->name);
	json_add_text(o, "standing", t->standing);
	json_add_text(o, "reason", t->reason);
	json_add_time(o, "created", t->created);
	json_close(o);
}

enum err tenant_list_command(struct scope *sc, struct command_line *line)
{
	struct out *o = &line->out;
	struct tenant *rows;
	size_t n;
	enum err e;

	scope_system(sc);
	e = tenant_list(sc, &rows, &n);
	if (e)
		return e;
	if (command_has(line, "json")) {
		json_open_list(o);
		for (size_t i = 0; i < n; i++)
			put_json(o, &rows[i]);
		json_close_list(o);
		out_char(o, '\n');
		return ERR_NONE;
	}
	for (size_t i = 0; i < n; i++)
		out_printf(o, "%s\t%s\t%s\n", id_format(sc->mem, ID_TENANT, rows[i].tenant),
			rows[i].name, rows[i].standing);
	return ERR_NONE;
}

const struct command_option tenant_stop_options[] = {
	{ "tenant", "NAME", true, "Which." },
	{ "reason", "TEXT", false, "Why, as its people will read it." },
	{ 0 },
};

enum err tenant_stop_command(struct scope *sc, struct command_line *line)
{
	const char *reason = command_option(line, "reason");
	enum err e = choose(sc, command_option(line, "tenant"));

	return e ? e : tenant_stop(sc, reason ? reason : "stopped by the operator");
}

enum err tenant_resume_command(struct scope *sc, struct command_line *line)
{
	enum err e = choose(sc, command_option(line, "tenant"));

	return e ? e : tenant_resume(sc);
}

const struct command_option api_key_options[] = {
	{ "tenant", "NAME", true, "For which tenant." },
	{ "name", "NAME", false, "What the key is called." },
	{ 0 },
};

/* Somebody must answer for a key: the tenant's first owner. */
static enum err find_owner(struct scope *sc, int64_t *account)
{
	struct member *rows;
	size_t n;
	enum err e = member_list(sc, &rows, &n);

	for (size_t i = 0; !e && i < n; i++)
		if (str_eq(rows[i].role, ROLE_OWNER)) {
			*account = rows[i].account;
			return ERR_NONE;
		}
	return e ? e : fail(sc, ERR_CONFLICT, "the tenant has no owner");
}

enum err api_key_command(struct scope *sc, struct command_line *line)
{
	const char *name = command_option(line, "name"), *token;
	struct apikey_new k = { .name = name ? name : "command line" };
	struct role role;
	enum err e = choose(sc, command_option(line, "tenant"));

	if (!e)
		e = find_owner(sc, &k.account);
	if (!e)
		e = role_find_name(sc, ROLE_OWNER, &role);
	if (e)
		return e;
	k.rights = role.perms;
	e = apikey_add(sc, &k, &token);
	if (!e)
		out_printf(&line->out, "%s\n", token);
	return e;
}
