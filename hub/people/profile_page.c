/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "people/profile_page.h"

#include <string.h>

#include "base/id.h"
#include "base/words.h"
#include "guard/principal.h"
#include "people/account.h"
#include "people/profile_html.h"
#include "people/session.h"
#include "text/html.h"
#include "text/zone.h"

struct profile_in {
	const char *name, *locale, *zone, *theme;
};
FORM(profile_form, struct profile_in, 0,
	FIELD(struct profile_in, name, FIELD_TEXT, 1, 120, true, NULL, "Name"),
	FIELD(struct profile_in, locale, FIELD_TEXT, 0, 16, false, NULL, "Language"),
	FIELD(struct profile_in, zone, FIELD_TEXT, 0, 64, false, NULL, "Time zone"),
	FIELD(struct profile_in, theme, FIELD_CHOICE, 0, 0, false, "light dark", "Colours"));

struct password_in {
	const char *old, *password;
};
FORM(password_form, struct password_in, 0,
	FIELD(struct password_in, old, FIELD_SECRET, 1, PASSWORD_MAX, true, NULL,
		"Password until now"),
	FIELD(struct password_in, password, FIELD_SECRET, 1, PASSWORD_MAX, true, NULL,
		"New password"));

struct theme_in {
	const char *theme;
};
FORM(theme_form, struct theme_in, 0,
	FIELD(struct theme_in, theme, FIELD_CHOICE, 0, 0, true, "light dark system", "Colours"));

static void page(struct scope *sc, struct request *q, const char *title, struct out *o)
{
	reply_page(sc, q, &(struct page){ .title = title, .nav = "settings", .body = o });
}

size_t language_options(struct scope *sc, const char *none, struct option **list)
{
	const struct words *words = sc->world->words;
	size_t known = words ? words->count : 0, n = 0;

	*list = arena_array(sc->mem, known + 2, sizeof **list);
	if (none)
		(*list)[n++] = (struct option){ "", none };
	(*list)[n++] = (struct option){ "en", "English" };
	for (size_t i = 0; i < known; i++)
		/* Languages such as en-XA are for testing layouts. */
		if (!strstr(words->list[i].lang, "-X"))
			(*list)[n++] = (struct option){ words->list[i].lang, words->list[i].name };
	return n;
}

static void languages(struct scope *sc, struct profile_view *v)
{
	struct option *list;

	v->lang_count = language_options(sc, t("As the browser"), &list);
	v->langs = list;
}

static enum err zones(struct scope *sc, struct profile_view *v)
{
	const char **names;
	struct option *list;
	size_t n;
	enum err e = zone_list(sc, &names, &n);

	if (e)
		return e;
	list = arena_array(sc->mem, n + 1, sizeof *list);
	list[0] = (struct option){ "", t("As the browser") };
	for (size_t i = 0; i < n; i++)
		list[i + 1] = (struct option){ names[i], names[i] };
	v->zones = list;
	v->zone_count = n + 1;
	return ERR_NONE;
}

enum err profile_page(struct scope *sc, struct request *q, const void *input)
{
	struct profile_view v = { .q = q, .company = sc->tenant };
	struct membership *companies;
	struct account a;
	struct out o;
	enum err e = account_find(sc, request_principal(q)->account, &a);

	(void)input;
	if (!e)
		e = zones(sc, &v);
	if (!e)
		e = member_tenants(sc, a.id, &companies, &v.company_count);
	if (e)
		return e;
	v.companies = companies;
	v.a = &a;
	languages(sc, &v);
	out_init(&o, sc->mem);
	profile_html(sc, &o, &v);
	page(sc, q, t("You"), &o);
	return ERR_NONE;
}

bool language_is_known(struct scope *sc, const char *lang)
{
	const struct words *words = sc->world->words;

	if (!lang || str_eq(lang, "en"))
		return true;
	for (size_t i = 0; words && i < words->count; i++)
		if (str_eq(words->list[i].lang, lang))
			return true;
	return false;
}

enum err profile_post(struct scope *sc, struct request *q, const void *input)
{
	const struct profile_in *in = input;
	struct account_profile p = { in->name, in->locale, in->zone, in->theme };
	const struct zone *zone;
	enum err e = ERR_NONE;

	if (!language_is_known(sc, in->locale))
		return fail_field(sc, "locale", "There is no such language.");
	if (in->zone)
		e = zone_find(sc, "zone", in->zone, &zone);
	if (!e)
		e = account_set_profile(sc, request_principal(q)->account, &p);
	if (e)
		return e;
	/* Said in the language that was just chosen. */
	if (in->locale)
		sc->lang = str_eq(in->locale, "en") ? NULL : in->locale;
	reply_go(sc, q, "/settings/profile", t("Saved."), NULL);
	return ERR_NONE;
}

enum err password_post(struct scope *sc, struct request *q, const void *input)
{
	const struct password_in *in = input;
	const struct principal *p = request_principal(q);
	enum err e = account_prove(sc, p->account, in->old);

	if (e == ERR_INPUT)
		return fail_field(sc, "old", "This is not the password.");
	if (!e)
		e = account_set_password(sc, p->account, in->password, p->credential);
	if (!e)
		reply_go(sc, q, "/settings/profile", t("Your new password is set."), NULL);
	return e;
}

enum err theme_post(struct scope *sc, struct request *q, const void *input)
{
	const struct theme_in *in = input;
	struct account_profile p = { 0 };
	struct account a;
	enum err e = account_find(sc, request_principal(q)->account, &a);

	if (e)
		return e;
	p = (struct account_profile){ a.name, a.locale, a.zone, in->theme };
	if (str_eq(in->theme, "system"))
		p.theme = NULL;
	e = account_set_profile(sc, a.id, &p);
	if (!e)
		reply_none(q, 204);
	return e;
}

/* ---- sessions ---- */

enum err sessions_page(struct scope *sc, struct request *q, const void *input)
{
	const struct principal *p = request_principal(q);
	struct sessions_view v = { .q = q, .mine = p->credential };
	struct credential *rows;
	struct out o;
	enum err e = session_list(sc, p->account, &rows, &v.n);

	(void)input;
	if (e)
		return e;
	v.rows = rows;
	out_init(&o, sc->mem);
	sessions_html(sc, &o, &v);
	page(sc, q, t("Sessions"), &o);
	return ERR_NONE;
}

enum err session_end_post(struct scope *sc, struct request *q, const void *input)
{
	enum err e = session_close(sc, request_principal(q)->account, request_id(q, ID_CREDENTIAL));

	(void)input;
	if (!e)
		reply_go(sc, q, "/settings/sessions", t("The session has ended."), NULL);
	return e;
}

enum err sessions_end_post(struct scope *sc, struct request *q, const void *input)
{
	const struct principal *p = request_principal(q);
	enum err e = session_close_others(sc, p->account, p->credential);

	(void)input;
	if (!e)
		reply_go(sc, q, "/settings/sessions", t("All other sessions have ended."), NULL);
	return e;
}
