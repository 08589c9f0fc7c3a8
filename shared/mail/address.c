/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mail/address.h"

#include <ctype.h>
#include <idn2.h>

#include "base/str.h"

#define MAX_LOCAL  64
#define MAX_DOMAIN 253
#define MAX_LABEL  63

static bool is_label(const char *p, size_t n)
{
	if (n == 0 || n > MAX_LABEL || p[0] == '-' || p[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)p[i]) && p[i] != '-')
			return false;
	return true;
}

/* Letters, digits and hyphens, two labels at least, the last not a number. */
static bool is_host(const char *name)
{
	size_t labels = 0;
	const char *p = name, *last = name;

	if (strlen(name) > MAX_DOMAIN)
		return false;
	for (;; p++) {
		size_t n = strcspn(p, ".");

		if (!is_label(p, n))
			return false;
		labels++;
		last = p;
		p += n;
		if (!*p)
			break;
	}
	return labels >= 2 && strspn(last, "0123456789") != strlen(last);
}

/* Nothing to translate: IDNA would give it back in small letters. */
static bool is_plain(const char *name)
{
	for (const char *p = name; *p; p++)
		if ((!isalnum((unsigned char)*p) && *p != '.' && *p != '-') ||
			(p[0] == '-' && p[1] == '-'))
			return false;
	return true;
}

enum err address_domain(struct scope *sc, const char *field, const char *typed, const char **name)
{
	char *trimmed = str_trim(sc->mem, typed ? typed : "");
	size_t n = strlen(trimmed);
	uint8_t *ascii = NULL;
	const char *lower;

	if (n > 1 && trimmed[n - 1] == '.')
		trimmed[--n] = '\0';
	if (n == 0 || n > 4 * MAX_DOMAIN || !str_is_utf8(trimmed, n) ||
		(!is_plain(trimmed) && idn2_lookup_u8((const uint8_t *)trimmed, &ascii,
					       IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK))
		return fail_field(sc, field, "This is no domain name");
	lower = str_lower(sc->mem, ascii ? (const char *)ascii : trimmed);
	if (ascii)
		idn2_free(ascii);
	if (!is_host(lower))
		return fail_field(sc, field, "This is no domain name");
	*name = lower;
	return ERR_NONE;
}

/* Atoms between dots (RFC 5321 §4.1.2), and any UTF-8 beyond ASCII (RFC 6531 §3.3). */
static bool is_local(const char *p, size_t n)
{
	if (n == 0 || n > MAX_LOCAL || p[0] == '.' || p[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == '.' && p[i + 1] == '.')
			return false;
		if (c < 0x80 && !isalnum(c) && !strchr("!#$%&'*+-/=?^_`{|}~.", c))
			return false;
	}
	return true;
}

enum err address_parse(struct scope *sc, const char *field, const char *typed, struct address *out)
{
	struct address a = { .typed = str_trim(sc->mem, typed ? typed : "") };
	const char *at = strrchr(a.typed, '@');
	size_t n = strlen(a.typed);
	enum err e;

	if (n == 0)
		return fail_field(sc, field, "The mail address is missing");
	if (n > ADDRESS_MAX || !str_is_utf8(a.typed, n) || !at ||
		!is_local(a.typed, (size_t)(at - a.typed)))
		return fail_field(sc, field, "This is no mail address");
	e = address_domain(sc, field, at + 1, &a.domain);
	if (e)
		return fail_field(sc, field, "This is no mail address");
	a.local = arena_copy(sc->mem, a.typed, (size_t)(at - a.typed));
	for (const char *p = a.local; *p; p++)
		a.utf8 |= (unsigned char)*p >= 0x80;
	a.key = arena_printf(sc->mem, "%s@%s", str_lower(sc->mem, a.local), a.domain);
	a.wire = arena_printf(sc->mem, "%s@%s", a.local, a.domain);
	if (strlen(a.wire) > ADDRESS_MAX)
		return fail_field(sc, field, "This is no mail address");
	*out = a;
	return ERR_NONE;
}
