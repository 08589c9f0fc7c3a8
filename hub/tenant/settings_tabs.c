/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tenant/settings_tabs.h"

#include "text/html.h"
#include "web/part.h"

#define N_(english) english

static const struct {
	const char *path, *word;
	enum need need;
} all[] = {
	{ "/settings", N_("Company"), NEED_VIEW },
	{ "/settings/members", N_("Members"), NEED_VIEW },
	{ "/settings/keys", N_("API keys"), NEED_MEMBER },
	{ "/settings/profile", N_("You"), NEED_ACCOUNT },
	{ "/settings/sessions", N_("Sessions"), NEED_ACCOUNT },
};

void settings_tabs(struct scope *sc, struct out *o, const struct request *q, const char *chosen)
{
	struct tab tabs[COUNT(all)];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(all); i++)
		if (request_may(q, all[i].need))
			tabs[n++] = (struct tab){ .text = t(all[i].word),
				.path = all[i].path,
				.count = -1,
				.chosen = str_eq(all[i].path, chosen) };
	part_tabs(sc, o, tabs, n);
}
