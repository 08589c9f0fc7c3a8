/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/setting_page.h"

#include "people/profile_page.h"
#include "tenant/setting_html.h"
#include "text/html.h"

struct company_in {
	const char *name, *postal, *locale, *zone;
};
FORM(company_page_form, struct company_in, 0,
	FIELD(struct company_in, name, FIELD_TEXT, 1, 120, true, NULL, "Company"),
	FIELD(struct company_in, postal, FIELD_LINES, 1, 400, false, NULL, "Postal address"),
	FIELD(struct company_in, locale, FIELD_TEXT, 2, 20, false, NULL, "Language"),
	FIELD(struct company_in, zone, FIELD_TEXT, 1, 64, true, NULL, "Time zone"));

struct workspace_in {
	const char *name, *zone, *postal;
};
FORM(workspace_page_form, struct workspace_in, 0,
	FIELD(struct workspace_in, name, FIELD_TEXT, 1, 80, true, NULL, "Name"),
	FIELD(struct workspace_in, zone, FIELD_TEXT, 1, 64, true, NULL, "Time zone"),
	FIELD(struct workspace_in, postal, FIELD_LINES, 1, 400, false, NULL, "Postal address"));
FORM(workspace_add_page_form, struct workspace_in, 0,
	FIELD(struct workspace_in, name, FIELD_TEXT, 1, 80, true, NULL, "Name"),
	FIELD(struct workspace_in, zone, FIELD_TEXT, 1, 64, true, NULL, "Time zone"));

struct stop_in {
	const char *typed, *reason;
};
FORM(tenant_stop_page_form, struct stop_in, 0,
	FIELD(struct stop_in, typed, FIELD_TEXT, 1, 120, true, NULL, "Name"),
	FIELD(struct stop_in, reason, FIELD_TEXT, 1, 200, false, NULL, "Reason"));

static void page(struct scope *sc, struct request *q, struct out *o)
{
	reply_page(sc, q, &(struct page){ .title = t("Settings"), .nav = "settings", .body = o });
}

enum err company_page(struct scope *sc, struct request *q, const void *input)
{
	struct tenant tenant;
	struct out o;
	enum err e = tenant_find(sc, &tenant);

	if (e)
		return e;
	out_init(&o, sc->mem);
	company_html(sc, &o, q, &tenant);
	page(sc, q, &o);
	return ERR_NONE;
}

enum err company_set_page(struct scope *sc, struct request *q, const void *input)
{
	const struct company_in *in = input;
	struct tenant tenant;
	enum err e = tenant_find(sc, &tenant);

	if (!e && !str_empty(in->locale) && !language_is_known(sc, in->locale))
		return fail_field(sc, "locale", "There is no such language.");
	if (!e)
		e = tenant_set(sc, &(struct tenant_set){ in->name,
					   str_empty(in->locale) ? tenant.locale : in->locale,
					   in->zone, in->postal ? in->postal : "" });
	if (e)
		return e;
	reply_go(sc, q, "/settings", t("Saved."), NULL);
	return ERR_NONE;
}

enum err tenant_stop_page(struct scope *sc, struct request *q, const void *input)
{
	const struct stop_in *in = input;
	struct tenant tenant;
	enum err e = tenant_find(sc, &tenant);

	if (!e && !str_eq(in->typed, tenant.name))
		return fail_field(sc, "typed", "This is not the company's name");
	if (!e)
		e = tenant_stop(sc, str_empty(in->reason) ? "by hand" : in->reason);
	if (e)
		return e;
	reply_go(sc, q, "/settings", t("All sending is stopped."), "/settings/resume");
	return ERR_NONE;
}

enum err tenant_resume_page(struct scope *sc, struct request *q, const void *input)
{
	enum err e = tenant_resume(sc);

	if (e)
		return e;
	reply_go(sc, q, "/settings", t("Sending goes on."), NULL);
	return ERR_NONE;
}

enum err workspace_page(struct scope *sc, struct request *q, const void *input)
{
	struct workspace w;
	struct out o;
	enum err e = workspace_find(sc, sc->workspace, &w);

	if (e)
		return e;
	out_init(&o, sc->mem);
	workspace_html(sc, &o, q, &w);
	page(sc, q, &o);
	return ERR_NONE;
}

enum err workspace_set_page(struct scope *sc, struct request *q, const void *input)
{
	const struct workspace_in *in = input;
	enum err e =
		workspace_set(sc, sc->workspace, in->name, in->zone, in->postal ? in->postal : "");

	if (e)
		return e;
	reply_go(sc, q, "/settings/workspace", t("Saved."), NULL);
	return ERR_NONE;
}

enum err workspace_new_page(struct scope *sc, struct request *q, const void *input)
{
	struct out o;

	out_init(&o, sc->mem);
	workspace_new_html(sc, &o, q);
	page(sc, q, &o);
	return ERR_NONE;
}

enum err workspace_add_page(struct scope *sc, struct request *q, const void *input)
{
	const struct workspace_in *in = input;
	int64_t id;
	enum err e = workspace_add(sc, in->name, in->zone, &id);

	if (e)
		return e;
	reply_go(sc, q, "/settings/workspace",
		tf("%s is made. Choose it at the top left.", in->name), NULL);
	return ERR_NONE;
}
