/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/apikey_page.h"

#include "base/id.h"
#include "guard/principal.h"
#include "tenant/apikey.h"
#include "tenant/apikey_html.h"
#include "text/html.h"

struct key_in {
	const char *name;
	bool view, campaign, contact, fleet, sender, member, setting;
};
#define RIGHT(name, label) FIELD(struct key_in, name, FIELD_BOOL, 0, 1, false, NULL, label)
FORM(apikey_form, struct key_in, 0,
	FIELD(struct key_in, name, FIELD_TEXT, 1, 60, true, NULL, "Name"),
	RIGHT(view, "See everything"), RIGHT(campaign, "Campaigns"), RIGHT(contact, "Contacts"),
	RIGHT(fleet, "Appliances"), RIGHT(sender, "Domains and mailboxes"),
	RIGHT(member, "Members and keys"), RIGHT(setting, "Settings"));

static enum err draw(struct scope *sc, struct request *q, const char *token)
{
	struct apikeys_view v = { .q = q, .rights = request_principal(q)->rights, .token = token };
	struct credential *rows;
	struct out o;
	enum err e = apikey_list(sc, &rows, &v.n);

	if (e)
		return e;
	v.rows = rows;
	out_init(&o, sc->mem);
	apikeys_html(sc, &o, &v);
	reply_page(sc, q, &(struct page){ .title = t("API keys"), .nav = "settings", .body = &o });
	return ERR_NONE;
}

enum err apikeys_page(struct scope *sc, struct request *q, const void *input)
{
	(void)input;
	return draw(sc, q, NULL);
}

/* The boxes that were ticked, by the names of their fields. */
static const char *chosen(struct scope *sc, const struct key_in *in)
{
	struct out o;

	out_init(&o, sc->mem);
	for (size_t i = 1; i < apikey_form.count; i++) {
		const struct field *f = &apikey_form.fields[i];

		if (*(const bool *)((const char *)in + f->offset))
			out_printf(&o, "%s%s", o.len ? " " : "", f->name);
	}
	return o.data;
}

enum err apikey_post(struct scope *sc, struct request *q, const void *input)
{
	const struct key_in *in = input;
	struct apikey_new k = { .name = in->name,
		.rights = chosen(sc, in),
		.account = request_principal(q)->account,
		.workspace = sc->workspace };
	const char *token;
	enum err e;

	if (str_empty(k.rights))
		return fail_field(sc, "rights", "Choose at least one.");
	e = apikey_add(sc, &k, &token);
	return e ? e : draw(sc, q, token);
}

enum err apikey_revoke_post(struct scope *sc, struct request *q, const void *input)
{
	enum err e = apikey_revoke(sc, request_id(q, ID_CREDENTIAL));

	(void)input;
	if (!e)
		reply_go(sc, q, "/settings/keys", t("The key is revoked."), NULL);
	return e;
}
