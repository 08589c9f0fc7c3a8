/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* From what is kept to what the appliance is told. */
#include "mailu/mailu.h"

#include <string.h>

#define DIGEST_LINES 16

/* Domains of private mailboxes, by who keeps them: transports know recipients' domains alone. */
static const struct {
	const char *provider, *domain;
} homes[] = {
	{ "google", "gmail.com" },
	{ "google", "googlemail.com" },
	{ "microsoft", "outlook.com" },
	{ "microsoft", "outlook.de" },
	{ "microsoft", "outlook.fr" },
	{ "microsoft", "hotmail.com" },
	{ "microsoft", "hotmail.de" },
	{ "microsoft", "hotmail.fr" },
	{ "microsoft", "hotmail.it" },
	{ "microsoft", "hotmail.es" },
	{ "microsoft", "hotmail.co.uk" },
	{ "microsoft", "live.com" },
	{ "microsoft", "live.de" },
	{ "microsoft", "live.fr" },
	{ "microsoft", "live.nl" },
	{ "microsoft", "live.co.uk" },
	{ "microsoft", "msn.com" },
	{ "yahoo", "yahoo.com" },
	{ "yahoo", "yahoo.de" },
	{ "yahoo", "yahoo.fr" },
	{ "yahoo", "yahoo.it" },
	{ "yahoo", "yahoo.es" },
	{ "yahoo", "yahoo.co.uk" },
	{ "yahoo", "yahoo.ca" },
	{ "yahoo", "yahoo.co.in" },
	{ "yahoo", "yahoo.com.br" },
	{ "yahoo", "ymail.com" },
	{ "yahoo", "rocketmail.com" },
	{ "yahoo", "aol.com" },
	{ "yahoo", "aim.com" },
	{ "apple", "icloud.com" },
	{ "apple", "me.com" },
	{ "apple", "mac.com" },
	{ "gmx", "gmx.net" },
	{ "gmx", "gmx.de" },
	{ "gmx", "gmx.at" },
	{ "gmx", "gmx.ch" },
	{ "gmx", "web.de" },
};

static void put_limits(struct scope *sc, const struct mailu *m, struct part_mailu *p)
{
	p->transports = arena_array(sc->mem, MAILU_LIMITS, sizeof *p->transports);
	p->routes = arena_array(sc->mem, COUNT(homes), sizeof *p->routes);
	for (size_t i = 0; i < MAILU_LIMITS; i++) {
		const struct mailu_limit *l = &m->settings.limits[i];
		const char *name = mailu_providers[i];

		if (!l->many && !l->delay)
			continue;
		p->transports[p->transport_count++] =
			(struct part_transport){ name, l->delay, l->many ? l->many : 1 };
		for (size_t k = 0; k < COUNT(homes); k++)
			if (str_eq(homes[k].provider, name))
				p->routes[p->route_count++] =
					(struct part_route){ homes[k].domain, name };
	}
}

/* "front sha256:…", a line each. */
static enum err put_digests(struct scope *sc, const char *text, struct part_mailu *p)
{
	p->digests = arena_array(sc->mem, DIGEST_LINES, sizeof *p->digests);
	while (*text) {
		size_t n = strcspn(text, "\n");
		char *line = str_trim(sc->mem, arena_copy(sc->mem, text, n));
		char *blank = strpbrk(line, " \t");

		text += n + (text[n] == '\n');
		if (!*line)
			continue;
		if (!blank || p->digest_count == DIGEST_LINES)
			return fail_field(sc, "digests", "A line is like: front sha256:0123…");
		*blank = 0;
		p->digests[p->digest_count++] =
			(struct part_digest){ line, str_trim(sc->mem, blank + 1) };
	}
	return ERR_NONE;
}

enum err mailu_part(struct scope *sc, const struct mailu *m, struct part_mailu *part)
{
	const struct mailu_settings *s = &m->settings;

	*part = (struct part_mailu){ .version = s->version,
		.host = s->host,
		.domain = s->domain,
		.postmaster = s->postmaster,
		.subnet = s->subnet,
		.address = s->address,
		.tls = s->tls,
		.selector = s->selector,
		.next = m->next,
		.old = m->old,
		.off = !mailu_is_on(m) };
	put_limits(sc, m, part);
	return put_digests(sc, s->digests, part);
}
