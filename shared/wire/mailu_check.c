/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <arpa/inet.h>
#include <ctype.h>

#include "mail/address.h"
#include "wire/mailu.h"

#define LEAST_RELEASE 202406052 /* before it, tokens could be changed by anybody */

/* ---- the network ---- */

enum err mailu_net_parse(struct scope *sc, const char *text, struct mailu_net *net)
{
	static const struct {
		uint32_t from, to;
	} ours[] = { { 0x0a000000, 0x0affffff }, { 0xac100000, 0xac1fffff },
		{ 0xc0a80000, 0xc0a8ffff } };
	const char *slash = strchr(text, '/');
	struct in_addr address;
	int64_t bits;
	uint32_t mask;

	if (!slash || !str_int(slash + 1, 16, 28, &bits) ||
		inet_pton(AF_INET, arena_copy(sc->mem, text, (size_t)(slash - text)), &address) !=
			1)
		return fail_field(sc, "subnet", "A subnet is like 192.168.203.0/24");
	mask = UINT32_MAX << (32 - bits);
	*net = (struct mailu_net){ ntohl(address.s_addr), ntohl(address.s_addr) | ~mask,
		(int)bits };
	if (net->first & ~mask)
		return fail_field(sc, "subnet", "A subnet is written by its first address");
	for (size_t i = 0; i < COUNT(ours); i++)
		if (net->first >= ours[i].from && net->last <= ours[i].to)
			return ERR_NONE;
	return fail_field(sc, "subnet", "The subnet must be private");
}

/* ---- what each text may be ---- */

static bool is_made_of(const char *text, const char *marks)
{
	for (const char *p = text; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr(marks, *p))
			return false;
	return *text != 0;
}

/* "2024.06.57" as 202406057; 0 for anything else. */
static int64_t release_of(const char *version)
{
	int64_t year, month, patch;

	if (strlen(version) < 9 || strlen(version) > 10 || version[4] != '.' || version[7] != '.')
		return 0;
	if (!str_int((const char[]){ version[0], version[1], version[2], version[3], 0 }, 2000,
		    2999, &year) ||
		!str_int((const char[]){ version[5], version[6], 0 }, 1, 12, &month) ||
		!str_int(version + 8, 0, 999, &patch))
		return 0;
	return year * 100000 + month * 1000 + patch;
}

static enum err check_host(struct scope *sc, const char *field, const char *name)
{
	const char *normal;
	enum err e = address_domain(sc, field, name, &normal);

	if (!e && !str_eq(normal, name))
		return fail_field(sc, field, "The name must be in lower case and ASCII");
	return e;
}

static const char *const services[] = { "redis", "resolver", "front", "admin", "imap", "smtp",
	"antispam" };

static enum err check_digests(struct scope *sc, const struct part_mailu *p)
{
	for (size_t i = 0; i < p->digest_count; i++) {
		const struct part_digest *d = &p->digests[i];
		bool known = false;

		for (size_t k = 0; k < COUNT(services); k++)
			known = known || str_eq(services[k], d->service);
		if (!known)
			return fail_field(sc, "digests", "There is no service %s", d->service);
		if (strlen(d->digest) != 71 || !str_starts(d->digest, "sha256:") ||
			!is_made_of(d->digest + 7, ""))
			return fail_field(sc, "digests", "%s has no SHA-256 digest", d->service);
	}
	return ERR_NONE;
}

static bool has_transport(const struct part_mailu *p, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(p->transports[i].name, name))
			return true;
	return false;
}

/* Services of Postfix's master that a transport must not replace. */
static bool is_taken(const char *name)
{
	static const char *const taken[] = { "smtp", "relay", "lmtp", "error", "retry", "discard",
		"local", "virtual", "bounce", "defer", "polite", "turtle", "cleanup", "pickup" };

	for (size_t i = 0; i < COUNT(taken); i++)
		if (str_eq(taken[i], name))
			return true;
	return false;
}

static enum err check_transports(struct scope *sc, const struct part_mailu *p)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; i < p->transport_count; i++) {
		const char *name = p->transports[i].name;

		if (!is_made_of(name, "") || is_taken(name) || has_transport(p, i, name))
			return fail_field(
				sc, "transports", "%s cannot be the name of a transport", name);
	}
	for (size_t i = 0; i < p->route_count && !e; i++) {
		e = check_host(sc, "routes", p->routes[i].domain);
		if (!e && !has_transport(p, p->transport_count, p->routes[i].transport))
			return fail_field(
				sc, "routes", "There is no transport %s", p->routes[i].transport);
	}
	return e;
}

/* They pass through a shell in double quotes: what such a shell would see is refused, but for $,
   which is escaped when it is written. */
static enum err check_settings(struct scope *sc, const struct part_mailu *p)
{
	for (size_t i = 0; i < p->setting_count; i++) {
		const struct part_setting *s = &p->settings[i];

		if (!is_made_of(s->name, "_") || isdigit((unsigned char)s->name[0]))
			return fail_field(sc, "settings", "%s is no parameter", s->name);
		for (const char *c = s->value; c && *c; c++)
			if (*c < ' ' || *c > '~' || strchr("\"`\\", *c))
				return fail_field(sc, "settings",
					"The value of %s has a character that cannot be written",
					s->name);
	}
	return ERR_NONE;
}

/* Keys that are made or kept beside those that sign are others. */
static enum err check_selectors(struct scope *sc, const struct part_mailu *p)
{
	const char *const all[] = { p->selector, p->next, p->old };

	for (size_t i = 0; i < COUNT(all); i++) {
		if (all[i] && !is_made_of(all[i], "-"))
			return fail_field(
				sc, "selector", "A selector has letters, digits and hyphens");
		for (size_t k = 0; k < i; k++)
			if (all[i] && all[k] && str_eq_nocase(all[i], all[k]))
				return fail_field(
					sc, "selector", "The selector %s is there twice", all[i]);
	}
	return ERR_NONE;
}

enum err mailu_check(struct scope *sc, const struct part_mailu *p)
{
	struct mailu_net net;
	struct in_addr address;
	enum err e;

	if (!release_of(p->version))
		return fail_field(sc, "version", "%s is no release of MailU", p->version);
	if (release_of(p->version) < LEAST_RELEASE)
		return fail_field(sc, "version",
			"MailU %s has known holes; 2024.06.52 is the oldest that is run",
			p->version);
	e = check_host(sc, "host", p->host);
	if (!e)
		e = check_host(sc, "domain", p->domain);
	if (!e && !is_made_of(p->postmaster, "._-"))
		e = fail_field(sc, "postmaster",
			"The postmaster's name has letters, digits, dots and hyphens");
	if (!e)
		e = check_selectors(sc, p);
	if (!e && inet_pton(AF_INET, p->address, &address) != 1)
		e = fail_field(sc, "address", "%s is no IPv4 address", p->address);
	/* All addresses at once would let the world in through the gateway, which may relay. */
	if (!e && address.s_addr == INADDR_ANY)
		e = fail_field(sc, "address", "Port 25 must be bound to one address");
	if (!e && !str_eq(p->tls, "cert") && !str_eq(p->tls, "letsencrypt"))
		e = fail_field(sc, "tls", "The certificate comes by cert or letsencrypt");
	if (!e)
		e = mailu_net_parse(sc, p->subnet, &net);
	if (!e)
		e = check_digests(sc, p);
	if (!e)
		e = check_transports(sc, p);
	return e ? e : check_settings(sc, p);
}

/* ---- accounts ---- */

static bool serves(const struct part_accounts *p, size_t n, const char *domain)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(p->domains[i].name, domain))
			return true;
	return false;
}

static bool has_mailbox(const struct part_accounts *p, const char *address)
{
	for (size_t i = 0; i < p->count; i++)
		if (!p->list[i].target_count && str_eq(p->list[i].address, address))
			return true;
	return false;
}

static enum err check_account(struct scope *sc, const struct part_accounts *p, size_t at)
{
	const struct part_account *a = &p->list[at];
	struct address parsed;
	enum err e = address_parse(sc, "list", a->address, &parsed);

	if (e)
		return e;
	if (!str_eq(parsed.key, a->address) || !is_made_of(parsed.local, "._-"))
		return fail_field(
			sc, "list", "%s: lower-case letters, digits and ._- only", a->address);
	if (!serves(p, p->domain_count, parsed.domain))
		return fail_field(sc, "list", "%s belongs to no domain that is served", a->address);
	for (size_t i = 0; i < at; i++)
		if (str_eq(p->list[i].address, a->address))
			return fail_field(sc, "list", "%s is there twice", a->address);
	for (size_t i = 0; i < a->target_count; i++)
		if (!has_mailbox(p, a->targets[i].address))
			return fail_field(sc, "list", "%s leads to %s, which is no mailbox here",
				a->address, a->targets[i].address);
	return ERR_NONE;
}

enum err accounts_check(struct scope *sc, const struct part_accounts *p)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; i < p->domain_count && !e; i++) {
		e = check_host(sc, "domains", p->domains[i].name);
		if (!e && serves(p, i, p->domains[i].name))
			e = fail_field(sc, "domains", "%s is there twice", p->domains[i].name);
	}
	for (size_t i = 0; i < p->count && !e; i++)
		e = check_account(sc, p, i);
	return e;
}
