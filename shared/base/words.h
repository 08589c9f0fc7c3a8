/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Message catalogues: English text is the key. Tables are made from .po files at build time by
 * shared/tool/po.c and sorted by key; look-up is a binary search and never fails.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* Marks a text in a table for the catalogue; tr() is called where it is shown. */
#define WORD(text) text

struct word {
	const char *english;  /* msgid */
	const char *forms[4]; /* static; [0] alone, or one per plural form */
};

struct catalogue {
	const char *lang;         /* static; "de" */
	const char *name;         /* static; "Deutsch", as its readers call it */
	int (*plural)(int64_t n); /* the index into forms */
	const struct word *words; /* static; sorted by english */
	size_t count;
};

struct words {
	const struct catalogue *list; /* static */
	size_t count;
};

const char *words_find(const struct words *w, const char *lang, const char *english);
const char *words_plural(
	const struct words *w, const char *lang, const char *one, const char *many, int64_t n);

#endif
