/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Uploading a file of contacts and its report; the suppression list. */
#include "audience/contact_page.h"

#include <inttypes.h>

#include "audience/contact_html.h"
#include "base/id.h"
#include "text/html.h"

#define PAGE_ROWS 50

struct start_in {
	struct upload file;
};
FORM(import_start_page_form, struct start_in, IMPORT_MAX + 65536,
	FIELD(struct start_in, file, FIELD_FILE, 1, IMPORT_MAX, true, NULL, "File"));

struct imports_in {
	int64_t after;
};
FORM(imports_page_form, struct imports_in, 0,
	FIELD(struct imports_in, after, FIELD_ID, 0, 0, false, ID_IMPORT, "After"));

struct import_at_in {
	int64_t after;
};
FORM(import_at_page_form, struct import_at_in, 0,
	FIELD(struct import_at_in, after, FIELD_INT, 0, INT64_MAX, false, NULL, "After line"));

#define WHERE "tenant workspace"

struct suppressions_in {
	const char *before;
};
FORM(suppressions_page_form, struct suppressions_in, 0,
	FIELD(struct suppressions_in, before, FIELD_TEXT, 0, 100, false, NULL, "Before"));

struct suppression_in {
	const char *addresses, *scope;
};
FORM(suppression_add_page_form, struct suppression_in, 1024 * 1024,
	FIELD(struct suppression_in, addresses, FIELD_LINES, 3, 1000000, true, NULL, "Addresses"),
	FIELD(struct suppression_in, scope, FIELD_CHOICE, 0, 0, false, WHERE, "Holds for"));

struct drop_in {
	const char *address, *why, *scope;
};
FORM(suppression_drop_page_form, struct drop_in, 0,
	FIELD(struct drop_in, address, FIELD_EMAIL, 3, 254, true, NULL, "Address"),
	FIELD(struct drop_in, why, FIELD_TEXT, 1, 200, true, NULL, "Reason"),
	FIELD(struct drop_in, scope, FIELD_CHOICE, 0, 0, false, WHERE, "Holds for"));

static void page(
	struct scope *sc, struct request *q, const char *nav, const char *title, struct out *o)
{
	reply_page(sc, q, &(struct page){ .title = title, .nav = nav, .body = o });
}

enum err import_new_page(struct scope *sc, struct request *q, const void *input)
{
	struct out o;

	out_init(&o, sc->mem);
	import_new_html(sc, &o, q);
	page(sc, q, "contacts", t("Import contacts"), &o);
	return ERR_NONE;
}

enum err import_start_page(struct scope *sc, struct request *q, const void *input)
{
	const struct start_in *in = input;
	int64_t id;
	enum err e = import_start(sc, in->file.name, in->file.data, &id);

	if (e)
		return e;
	reply_go(sc, q, arena_printf(sc->mem, "/imports/%s", id_format(sc->mem, ID_IMPORT, id)),
		NULL, NULL);
	return ERR_NONE;
}

enum err imports_page(struct scope *sc, struct request *q, const void *input)
{
	const struct imports_in *in = input;
	struct imports_view v = { .q = q };
	struct import *rows;
	struct out o;
	enum err e = import_list(sc, in->after, PAGE_ROWS + 1, &rows, &v.n);

	if (e)
		return e;
	v.rows = rows;
	if (v.n > PAGE_ROWS) {
		v.n = PAGE_ROWS;
		v.more = arena_printf(sc->mem, "/imports?after=%s",
			id_format(sc->mem, ID_IMPORT, rows[PAGE_ROWS - 1].id));
	}
	out_init(&o, sc->mem);
	imports_html(sc, &o, &v);
	page(sc, q, "contacts", t("Imports"), &o);
	return ERR_NONE;
}

enum err import_page(struct scope *sc, struct request *q, const void *input)
{
	const struct import_at_in *in = input;
	struct import m;
	struct import_view v = { .q = q, .m = &m };
	struct import_error *errors;
	struct out o;
	enum err e = import_find(sc, request_id(q, ID_IMPORT), &m);

	if (!e)
		e = import_errors(sc, m.id, in->after, PAGE_ROWS + 1, &errors, &v.error_count);
	if (e)
		return e;
	v.errors = errors;
	v.id = id_format(sc->mem, ID_IMPORT, m.id);
	if (v.error_count > PAGE_ROWS) {
		v.error_count = PAGE_ROWS;
		v.more = arena_printf(
			sc->mem, "/imports/%s?after=%" PRId64, v.id, errors[PAGE_ROWS - 1].line);
	}
	out_init(&o, sc->mem);
	import_html(sc, &o, &v);
	page(sc, q, "contacts", m.name, &o);
	return ERR_NONE;
}

/* ---- addresses nobody may mail ---- */

enum err suppressions_page(struct scope *sc, struct request *q, const void *input)
{
	const struct suppressions_in *in = input;
	struct suppressions_view v = { .q = q };
	struct suppression *rows;
	const char *more;
	struct out o;
	enum err e = suppression_list(sc, in->before, PAGE_ROWS, &rows, &v.n, &more);

	if (!e)
		e = suppression_count(sc, &v.total);
	if (e)
		return e;
	v.rows = rows;
	if (more)
		v.more = arena_printf(sc->mem, "/suppressions?before=%s", more);
	out_init(&o, sc->mem);
	suppressions_html(sc, &o, &v);
	page(sc, q, "suppressions", t("Suppressions"), &o);
	return ERR_NONE;
}

enum err suppression_add_page(struct scope *sc, struct request *q, const void *input)
{
	const struct suppression_in *in = input;
	int64_t added, broken;
	enum err e = suppression_import(sc, in->scope, in->addresses, &added, &broken);
	const char *said;

	if (e)
		return e;
	said = tn("%lld address is blocked.", "%lld addresses are blocked.", added);
	if (broken)
		said = arena_printf(sc->mem, "%s %s", said,
			tn("%lld line was no address.", "%lld lines were no addresses.", broken));
	reply_go(sc, q, "/suppressions", said, NULL);
	return ERR_NONE;
}

enum err suppression_drop_page(struct scope *sc, struct request *q, const void *input)
{
	const struct drop_in *in = input;
	enum err e = suppression_remove(sc, in->scope, in->address, in->why);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		return fail_field(sc, "address", "This address is not on the list");
	}
	if (e)
		return e;
	reply_go(sc, q, "/suppressions", t("The address may be mailed again."), NULL);
	return ERR_NONE;
}
