/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "track/track_host_page.h"

#include "text/html.h"
#include "track/track_host_html.h"

#define PATH "/settings/tracking"

struct track_host_in {
	const char *host;
};
FORM(track_host_page_form, struct track_host_in, 0,
	FIELD(struct track_host_in, host, FIELD_TEXT, 3, 253, true, NULL, "Name"));

enum err track_hosts_page(struct scope *sc, struct request *q, const void *input)
{
	struct track_hosts_view v = { .q = q };
	struct track_host *rows;
	struct domain *domains;
	size_t n;
	struct out o;
	enum err e = track_host_list(sc, &rows, &v.n);

	if (!e)
		e = domain_list(sc, &domains, &n);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++)
		if (str_eq(domains[i].state, "verified"))
			v.domain = domains[i].name;
	v.rows = rows;
	out_init(&o, sc->mem);
	track_hosts_html(sc, &o, &v);
	reply_page(sc, q, &(struct page){ .title = t("Tracking"), .nav = "settings", .body = &o });
	return ERR_NONE;
}

static enum err done(struct scope *sc, struct request *q, enum err e, const char *said)
{
	if (e && sc->field)
		sc->field = "host";
	if (e)
		return e;
	reply_go(sc, q, PATH, said, NULL);
	return ERR_NONE;
}

enum err track_host_add_page(struct scope *sc, struct request *q, const void *input)
{
	const struct track_host_in *in = input;

	return done(
		sc, q, track_host_add(sc, in->host), t("Added. Set its record, then check it."));
}

enum err track_host_check_page(struct scope *sc, struct request *q, const void *input)
{
	const struct track_host_in *in = input;
	struct track_host h;
	enum err e = track_host_check(sc, in->host);

	/* What is wrong stands beside the host: no form to fill in again. */
	if (e == ERR_CONFLICT && !track_host_find(sc, in->host, &h)) {
		scope_clear(sc);
		reply_go(sc, q, PATH, t("It does not lead here yet."), NULL);
		return ERR_NONE;
	}
	return done(sc, q, e, t("It leads here: links may go over it now."));
}

enum err track_host_remove_page(struct scope *sc, struct request *q, const void *input)
{
	const struct track_host_in *in = input;

	return done(sc, q, track_host_remove(sc, in->host), t("The tracking host is gone."));
}
