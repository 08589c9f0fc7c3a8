/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <ctype.h>

#include "audience/audience_priv.h"
#include "audience/import_priv.h"

/* Words people head the fixed columns with, in lower case with _ for everything else. */
static const char *const words[COLUMN_FIXED][12] = {
	[COLUMN_EMAIL] = { "email", "e_mail", "mail", "email_address", "e_mail_address",
		"mail_address", "emailadresse", "e_mail_adresse", "courriel", "correo" },
	[COLUMN_NAME] = { "name", "full_name", "fullname", "contact", "contact_name",
		"display_name" },
	[COLUMN_COMPANY] = { "company", "company_name", "organisation", "organization", "firma",
		"account", "employer" },
	[COLUMN_COUNTRY] = { "country", "country_code", "land", "pays" },
	[COLUMN_ZONE] = { "zone", "timezone", "time_zone", "tz" },
	[COLUMN_LANG] = { "lang", "language", "locale", "sprache" },
};

/* "E-Mail Address " becomes "e_mail_address". */
static const char *normalise(struct scope *sc, const char *header)
{
	char *name = arena_alloc(sc->mem, strlen(header) + 1);
	size_t n = 0;

	for (; *header; header++) {
		if (isalnum((unsigned char)*header))
			name[n++] = (char)tolower((unsigned char)*header);
		else if (n > 0 && name[n - 1] != '_')
			name[n++] = '_';
	}
	while (n > 0 && name[n - 1] == '_')
		n--;
	name[n] = '\0';
	return name;
}

static enum import_column column_of(const char *name)
{
	for (int c = 0; c < COLUMN_FIXED; c++)
		for (size_t i = 0; i < COUNT(words[c]) && words[c][i]; i++)
			if (str_eq(words[c][i], name))
				return (enum import_column)c;
	return COLUMN_FIXED;
}

/* A name a template can write; columns without a usable one are left out. */
static const char *own_name(struct scope *sc, const char *name)
{
	if (isdigit((unsigned char)*name))
		name = arena_printf(sc->mem, "f_%s", name);
	if (strlen(name) > 40)
		name = arena_printf(sc->mem, "%.40s", name);
	return field_is_name(name) ? name : NULL;
}

static bool is_taken(const struct import_map *map, const char *own)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->own[i] && str_eq(map->own[i], own))
			return true;
	return false;
}

enum err import_map_read(struct scope *sc, const struct csv_row *header, struct import_map *map)
{
	struct import_map m = { .first = -1, .last = -1, .count = header->count };

	if (header->fault)
		return fail_field(
			sc, "file", "The header is broken: %s", csv_fault_text(header->fault));
	m.own = arena_array(sc->mem, header->count, sizeof *m.own);
	for (int c = 0; c < COLUMN_FIXED; c++)
		m.fixed[c] = -1;
	for (size_t i = 0; i < header->count; i++) {
		const char *name = normalise(sc, header->fields[i]);
		enum import_column c = column_of(name);
		const char *own;

		if (c < COLUMN_FIXED && m.fixed[c] >= 0)
			return fail_field(sc, "file", "Two columns are both called %s", name);
		if (c < COLUMN_FIXED) {
			m.fixed[c] = (int)i;
			continue;
		}
		if (str_eq(name, "first_name") || str_eq(name, "firstname"))
			m.first = (int)i;
		if (str_eq(name, "last_name") || str_eq(name, "lastname") ||
			str_eq(name, "surname"))
			m.last = (int)i;
		own = own_name(sc, name);
		if (own && is_taken(&m, own))
			return fail_field(sc, "file", "Two columns are both called %s", own);
		m.own[i] = own;
	}
	if (m.fixed[COLUMN_EMAIL] < 0)
		return fail_field(sc, "file",
			"No column is called email: the first line must name the columns");
	*map = m;
	return ERR_NONE;
}
