/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/mailu_page.h"

#include "base/id.h"
#include "mailu/mailu_api.h"
#include "mailu/mailu_html.h"
#include "text/html.h"

struct off_in {
	const char *typed;
};
FORM(mailu_off_page_form, struct off_in, 0,
	FIELD(struct off_in, typed, FIELD_TEXT, 1, 60, true, NULL, "Name"));

static const char *appliance_path(struct scope *sc, const struct request *q)
{
	return arena_printf(sc->mem, "/appliances/%s",
		id_format(sc->mem, ID_APPLIANCE, request_id(q, ID_APPLIANCE)));
}

static enum err go(struct scope *sc, struct request *q, const char *toast)
{
	reply_go(sc, q, arena_printf(sc->mem, "%s/mailu", appliance_path(sc, q)), toast, NULL);
	return ERR_NONE;
}

static enum err read_parts(struct scope *sc, struct mailu_view *v)
{
	struct part_row *rows;
	size_t n, kept = 0;
	enum err e = part_list(sc, v->a->id, &rows, &n);

	for (size_t i = 0; !e && i < n; i++)
		if (str_eq(rows[i].name, PART_MAILU) || str_eq(rows[i].name, PART_ACCOUNTS))
			rows[kept++] = rows[i];
	v->parts = rows;
	v->part_count = kept;
	return e;
}

static enum err read_rest(struct scope *sc, struct mailu_view *v)
{
	struct mailu_account *accounts;
	struct selector_record *keys;
	struct machine_check *checks;
	struct wanted *wanted;
	enum err e = mailu_account_list(sc, v->a->id, &accounts, &v->account_count);

	if (!e && v->m->next)
		e = selector_records(sc, v->m, &keys, &v->key_count);
	if (!e)
		e = check_list(sc, v->a->id, &checks, &v->check_count);
	if (!e)
		e = wanted_list(sc, v->a->id, &wanted, &v->wanted_count);
	if (e)
		return e;
	v->accounts = accounts;
	v->checks = checks;
	v->keys = v->m->next ? keys : NULL;
	v->wanted = wanted;
	return ERR_NONE;
}

enum err mailu_page(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_APPLIANCE);
	struct appliance a;
	struct mailu m;
	struct mailu_view v = { .q = q, .a = &a, .m = &m };
	struct mailu_backup *backups;
	struct out o;
	enum err e = appliance_find(sc, id, &a);

	if (!e)
		e = mailu_draft(sc, id, &m);
	if (!e)
		e = read_parts(sc, &v);
	if (!e)
		e = read_rest(sc, &v);
	if (!e)
		e = mailu_backup_list(sc, id, &backups, &v.backup_count);
	if (e)
		return e;
	v.path = appliance_path(sc, q);
	v.backups = backups;
	out_init(&o, sc->mem);
	mailu_html(sc, &o, &v);
	reply_page(sc, q,
		&(struct page){ .title = t("Mail server"), .nav = "appliances", .body = &o });
	return ERR_NONE;
}

enum err mailu_set_page(struct scope *sc, struct request *q, const void *input)
{
	const struct mailu_settings in = mailu_form_settings(input);
	enum err e = mailu_set(sc, request_id(q, ID_APPLIANCE), &in);

	return e ? e : go(sc, q, t("Saved. The appliance is told now."));
}

enum err mailu_off_page(struct scope *sc, struct request *q, const void *input)
{
	const struct off_in *in = input;
	struct appliance a;
	enum err e = appliance_find(sc, request_id(q, ID_APPLIANCE), &a);

	if (!e && !str_eq(in->typed, a.name))
		return fail_field(sc, "typed", "This is not the appliance's name");
	if (!e)
		e = mailu_off(sc, a.id);
	return e ? e : go(sc, q, t("MailU is turned off there."));
}

enum err mailu_account_add_page(struct scope *sc, struct request *q, const void *input)
{
	const struct mailu_account in = mailu_form_account(input);
	enum err e = mailu_account_add(sc, request_id(q, ID_APPLIANCE), &in);

	return e ? e : go(sc, q, tf("%s is added.", in.address));
}

enum err mailu_account_remove_page(struct scope *sc, struct request *q, const void *input)
{
	const char *address = mailu_form_address(input);
	enum err e = mailu_account_remove(sc, request_id(q, ID_APPLIANCE), address);

	return e ? e : go(sc, q, tf("%s is removed.", address));
}

enum err mailu_keys_page(struct scope *sc, struct request *q, const void *input)
{
	enum err e = selector_change(sc, request_id(q, ID_APPLIANCE));

	return e ? e : go(sc, q, t("New keys are being made."));
}

enum err mailu_keys_give_up_page(struct scope *sc, struct request *q, const void *input)
{
	enum err e = selector_give_up(sc, request_id(q, ID_APPLIANCE));

	return e ? e : go(sc, q, t("The present keys stay."));
}
