/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sender/sender_command.h"

#include "base/str.h"
#include "sender/domain.h"
#include "tenant/tenant.h"
#include "tenant/workspace.h"

const struct command_option domain_confirm_options[] = {
	{ "tenant", "NAME", true, "Whose." },
	{ "domain", "NAME", true, "Which; in A-labels." },
	{ 0 },
};

static enum err find(struct scope *sc, const char *name, int64_t *id)
{
	struct workspace *spaces;
	struct domain *list;
	size_t n, m;
	enum err e = workspace_list(sc, &spaces, &n);

	for (size_t i = 0; !e && i < n; i++) {
		sc->workspace = spaces[i].id;
		e = domain_list(sc, &list, &m);
		for (size_t k = 0; !e && k < m; k++)
			if (str_eq(list[k].name, name)) {
				*id = list[k].id;
				return ERR_NONE;
			}
	}
	return e ? e : fail(sc, ERR_MISSING, "the tenant has no domain %s", name);
}

enum err domain_confirm_command(struct scope *sc, struct command_line *line)
{
	const char *tenant = command_option(line, "tenant");
	int64_t id = 0;
	enum err e;

	scope_system(sc);
	e = tenant_find_name(sc, tenant, &sc->tenant);
	if (e == ERR_MISSING)
		return fail(sc, e, "no tenant is called %s", tenant);
	if (!e)
		e = find(sc, command_option(line, "domain"), &id);
	return e ? e : domain_confirm(sc, id);
}
