/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "addresses.h"

#include <string.h>

#include "base/out.h"
#include "base/str.h"
#include "net/ip.h"

#define MOST 16

struct found {
	const char *list[MOST]; /* arena */
	size_t count;
};

static void add(struct scope *sc, struct found *f, const char *text)
{
	const char *ip = ip_parse(sc->mem, text);

	if (!ip || !ip_is_public(ip) || f->count == MOST)
		return;
	for (size_t i = 0; i < f->count; i++)
		if (str_eq(f->list[i], ip))
			return;
	f->list[f->count++] = ip;
}

static void add_said(struct scope *sc, struct found *f, const char *said)
{
	while (*said) {
		size_t n = strcspn(said, " ");

		add(sc, f, arena_printf(sc->mem, "%.*s", (int)n, said));
		said += n + (said[n] == ' ');
	}
}

const char *addresses_of(struct scope *sc, const char *said)
{
	struct found f = { .count = 0 };
	struct out o;

	if (!str_empty(said))
		add_said(sc, &f, said);
	out_init(&o, sc->mem);
	for (size_t i = 0; i < f.count; i++)
		out_printf(&o, "%s%s", i ? " " : "", f.list[i]);
	return f.count ? o.data : NULL;
}
