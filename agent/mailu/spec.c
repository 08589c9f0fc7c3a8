/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/spec.h"

#include "base/file.h"
#include "base/rand.h"
#include "text/json.h"

#define SECRET_BYTES 24
#define SECRETS_MAX  4096

static const char *address_text(struct scope *sc, uint32_t address)
{
	return arena_printf(sc->mem, "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
		address >> 8 & 255, address & 255);
}

static const char *exempt_of(
	struct scope *sc, const struct part_mailu *part, const struct part_accounts *accounts)
{
	struct out o;

	out_init(&o, sc->mem);
	out_printf(&o, MAILU_SENDER "@%s", part->domain);
	for (size_t i = 0; accounts && i < accounts->domain_count; i++)
		if (!str_eq(accounts->domains[i].name, part->domain))
			out_printf(&o, "," MAILU_SENDER "@%s", accounts->domains[i].name);
	for (size_t i = 0; accounts && i < accounts->count; i++)
		if (!accounts->list[i].target_count)
			out_printf(&o, ",%s", accounts->list[i].address);
	return o.data;
}

struct mailu_spec mailu_spec(struct scope *sc, const struct mailu_site *site,
	const struct mailu_secrets *secrets, const struct part_mailu *part,
	const struct part_accounts *accounts)
{
	struct mailu_spec spec = { .site = site, .secrets = *secrets, .part = *part };
	struct mailu_net net = { 0 };

	/* It was checked. */
	if (mailu_net_parse(sc, part->subnet, &net))
		abort();
	spec.gateway = address_text(sc, net.first + 1);
	spec.resolver = address_text(sc, net.last - 1);
	spec.exempt = exempt_of(sc, part, accounts);
	return spec;
}

static enum err make_secrets(struct scope *sc, const char *file)
{
	unsigned char bytes[2][SECRET_BYTES];
	struct out o;

	rand_bytes(bytes, sizeof bytes);
	out_init(&o, sc->mem);
	json_open(&o);
	json_add_text(&o, "key", str_hex(sc->mem, bytes[0], SECRET_BYTES));
	json_add_text(&o, "api_token", str_hex(sc->mem, bytes[1], SECRET_BYTES));
	json_close(&o);
	return file_write(sc, file, 0600, bytes_of(o.data, o.len));
}

enum err mailu_secrets(struct scope *sc, const char *file, struct mailu_secrets *out)
{
	const struct json *j;
	struct bytes text;
	enum err e = file_read(sc, file, SECRETS_MAX, &text);

	if (e == ERR_MISSING) {
		scope_clear(sc);
		e = make_secrets(sc, file);
		if (!e)
			e = file_read(sc, file, SECRETS_MAX, &text);
	}
	if (!e)
		e = json_parse(sc, text, SECRETS_MAX, &j);
	if (!e)
		e = json_need_text(sc, j, "key", 128, &out->key);
	if (!e)
		e = json_need_text(sc, j, "api_token", 128, &out->api_token);
	return e;
}
