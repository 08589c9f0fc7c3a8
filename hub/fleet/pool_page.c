/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fleet/pool_page.h"

#include "fleet/address_api.h"
#include "fleet/pool.h"

struct mode_in {
	const char *pool, *mode;
};
#define MODE_FIELDS                                                                                \
	FIELD(struct mode_in, pool, FIELD_TEXT, 1, 60, true, NULL, "Pool"),                        \
		FIELD(struct mode_in, mode, FIELD_CHOICE, 0, 0, true, "primary reserve", "Use")
FORM(pool_mode_page_form, struct mode_in, 0, MODE_FIELDS);
FORM(pool_mode_api_form, struct mode_in, 0, MODE_FIELDS);

enum err pool_mode_page(struct scope *sc, struct request *q, const void *input)
{
	const struct mode_in *in = input;
	enum err e = pool_set_mode(sc, in->pool, in->mode);

	if (e)
		return e;
	reply_go(sc, q, "/addresses", tr(sc, "Saved: the next mails go by it."), NULL);
	return ERR_NONE;
}

enum err pool_mode_api(struct scope *sc, struct request *q, const void *input)
{
	const struct mode_in *in = input;
	enum err e = pool_set_mode(sc, in->pool, in->mode);

	return e ? e : address_pools_api(sc, q, NULL);
}
