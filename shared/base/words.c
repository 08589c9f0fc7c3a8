/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/words.h"

#include <stdlib.h>
#include <string.h>

static const struct catalogue *find_catalogue(const struct words *w, const char *lang)
{
	if (!w || !lang)
		return NULL;
	for (size_t i = 0; i < w->count; i++)
		if (strcmp(w->list[i].lang, lang) == 0)
			return &w->list[i];
	return NULL;
}

static int compare(const void *key, const void *member)
{
	return strcmp(key, ((const struct word *)member)->english);
}

static const struct word *find_word(const struct catalogue *c, const char *english)
{
	return bsearch(english, c->words, c->count, sizeof *c->words, compare);
}

const char *words_find(const struct words *w, const char *lang, const char *english)
{
	const struct catalogue *c = find_catalogue(w, lang);
	const struct word *found = c ? find_word(c, english) : NULL;

	return found && found->forms[0] && found->forms[0][0] ? found->forms[0] : english;
}

const char *words_plural(
	const struct words *w, const char *lang, const char *one, const char *many, int64_t n)
{
	const struct catalogue *c = find_catalogue(w, lang);
	const struct word *found = c ? find_word(c, one) : NULL;

	if (found) {
		int form = c->plural(n);

		if (form >= 0 && form < 4 && found->forms[form] && found->forms[form][0])
			return found->forms[form];
	}
	return n == 1 ? one : many;
}
