/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sender/domain_page.h"

#include "base/id.h"
#include "job/job.h"
#include "sender/domain_check.h"
#include "sender/domain_html.h"
#include "text/html.h"

struct domain_in {
	const char *name;
};
FORM(domain_add_page_form, struct domain_in, 0,
	FIELD(struct domain_in, name, FIELD_TEXT, 1, 253, true, NULL, "Domain"));

struct selector_in {
	const char *selector;
};
FORM(domain_selector_page_form, struct selector_in, 0,
	FIELD(struct selector_in, selector, FIELD_TEXT, 1, 63, true, NULL, "Selector"));

static void page(struct scope *sc, struct request *q, const char *title, struct out *o)
{
	reply_page(sc, q, &(struct page){ .title = title, .nav = "domains", .body = o });
}

static const char *path_of(struct scope *sc, int64_t id)
{
	return arena_printf(sc->mem, "/domains/%s", id_format(sc->mem, ID_DOMAIN, id));
}

enum err domains_page(struct scope *sc, struct request *q, const void *input)
{
	struct domains_view v = { .q = q };
	struct domain *rows;
	int64_t *good;
	struct out o;
	enum err e = domain_list(sc, &rows, &v.n);

	if (!e)
		e = record_count(sc, rows, v.n, &good);
	if (e)
		return e;
	v.rows = rows;
	v.good = good;
	out_init(&o, sc->mem);
	domains_html(sc, &o, &v);
	page(sc, q, t("Domains"), &o);
	return ERR_NONE;
}

enum err domain_new_page(struct scope *sc, struct request *q, const void *input)
{
	struct out o;

	out_init(&o, sc->mem);
	domain_new_html(sc, &o, q);
	page(sc, q, t("New domain"), &o);
	return ERR_NONE;
}

enum err domain_add_page(struct scope *sc, struct request *q, const void *input)
{
	const struct domain_in *in = input;
	int64_t id;
	enum err e = domain_add(sc, in->name, &id);

	if (e)
		return e;
	reply_go(sc, q, path_of(sc, id), tf("%s is added.", in->name), NULL);
	return ERR_NONE;
}

static enum err is_waiting(struct scope *sc, int64_t id, bool *waits)
{
	struct job j;
	enum err e = job_find(sc, "domain.check", id_format(sc->mem, ID_DOMAIN, id), &j);

	*waits = e == ERR_NONE;
	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	return ERR_NONE;
}

enum err domain_page(struct scope *sc, struct request *q, const void *input)
{
	struct domain_view v = { .q = q };
	struct records records;
	struct domain d;
	struct out o;
	enum err e = domain_find(sc, request_id(q, ID_DOMAIN), &d);

	if (!e)
		e = record_list(sc, &d, &records);
	if (!e)
		e = is_waiting(sc, d.id, &v.waits);
	if (e)
		return e;
	e = listings_view(sc, q, LISTING_DOMAIN, d.id, &v.lists);
	if (e)
		return e;
	v.d = &d;
	v.records = &records;
	v.path = path_of(sc, d.id);
	out_init(&o, sc->mem);
	domain_html(sc, &o, &v);
	page(sc, q, d.name, &o);
	return ERR_NONE;
}

enum err domain_check_page(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_DOMAIN);
	enum err e = domain_check_ask(sc, id);

	if (e)
		return e;
	reply_go(sc, q, path_of(sc, id), t("Its records are looked up now."), NULL);
	return ERR_NONE;
}

enum err domain_selector_page(struct scope *sc, struct request *q, const void *input)
{
	const struct selector_in *in = input;
	int64_t id = request_id(q, ID_DOMAIN);
	enum err e = domain_set_selector(sc, id, in->selector);

	if (e)
		return e;
	reply_go(sc, q, path_of(sc, id), t("Saved. The key is looked up there now."), NULL);
	return ERR_NONE;
}

enum err domain_stop_page(struct scope *sc, struct request *q, const void *input)
{
	int64_t id = request_id(q, ID_DOMAIN);
	enum err e = domain_stop(sc, id);

	if (e)
		return e;
	reply_go(sc, q, path_of(sc, id), t("No campaign launches from this domain any more."),
		arena_printf(sc->mem, "%s/check", path_of(sc, id)));
	return ERR_NONE;
}
