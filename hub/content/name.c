/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "content/name.h"

#include <string.h>

#include "base/str.h"

/* The first row of a name is its spelling. */
static const struct {
	const char *text;
	enum name name;
} spellings[] = {
	{ "contact.email", NAME_EMAIL },
	{ "email", NAME_EMAIL },
	{ "contact.name", NAME_NAME },
	{ "contact.full_name", NAME_NAME },
	{ "full_name", NAME_NAME },
	{ "name", NAME_NAME },
	{ "contact.first_name", NAME_FIRST_NAME },
	{ "first_name", NAME_FIRST_NAME },
	{ "contact.last_name", NAME_LAST_NAME },
	{ "last_name", NAME_LAST_NAME },
	{ "contact.company", NAME_COMPANY },
	{ "contact.company_name", NAME_COMPANY },
	{ "company", NAME_COMPANY },
	{ "contact.country", NAME_COUNTRY },
	{ "country", NAME_COUNTRY },
	{ "contact.lang", NAME_LANG },
	{ "contact.language", NAME_LANG },
	{ "sender.name", NAME_SENDER_NAME },
	{ "sender_name", NAME_SENDER_NAME },
	{ "sender.first_name", NAME_SENDER_FIRST_NAME },
	{ "sender.email", NAME_SENDER_EMAIL },
	{ "sender_email", NAME_SENDER_EMAIL },
	{ "workspace.name", NAME_WORKSPACE },
	{ "workspace_name", NAME_WORKSPACE },
	{ "company.name", NAME_TENANT },
	{ "postal_address", NAME_POSTAL },
	{ "company.address", NAME_POSTAL },
	{ "unsubscribe_url", NAME_UNSUBSCRIBE },
	{ "current_year", NAME_YEAR },
};

/* "firstName" becomes "first_name". */
static const char *snake_case(struct arena *mem, const char *text)
{
	size_t len = strlen(text), at = 0;
	char *made = arena_alloc(mem, 2 * len + 1);

	for (size_t i = 0; i < len; i++) {
		bool capital = text[i] >= 'A' && text[i] <= 'Z';

		if (capital && i && text[i - 1] != '.' && text[i - 1] != '_')
			made[at++] = '_';
		made[at++] = capital ? (char)(text[i] + 32) : text[i];
	}
	return made;
}

enum name name_find(struct arena *mem, const char *written, const char **field, int64_t *n)
{
	const char *text = snake_case(mem, written);

	for (size_t i = 0; i < COUNT(spellings); i++)
		if (str_eq(spellings[i].text, text))
			return spellings[i].name;
	if (str_starts(text, "link.n"))
		return str_int(text + 6, 1, 9999, n) ? NAME_LINK : NAME_UNKNOWN;
	/* Own fields are kept in lower case; camel case in a template means the same field. */
	if (str_starts(text, "contact.") && text[8]) {
		*field = text + 8;
		return NAME_FIELD;
	}
	if (str_starts(text, "custom.") && text[7]) {
		*field = text + 7;
		return NAME_FIELD;
	}
	return NAME_UNKNOWN;
}

const char *name_spelling(enum name n)
{
	for (size_t i = 0; i < COUNT(spellings); i++)
		if (spellings[i].name == n)
			return spellings[i].text;
	return NULL;
}
