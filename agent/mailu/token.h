/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Application passwords, one for each mailbox. MailU says a password once, when it is made; from
 * then on it is in a file of ours. What one of the two sides has lost is made anew and the rest
 * removed.
 */
#ifndef MAILU_TOKEN_H
#define MAILU_TOKEN_H

#include "mailu/api.h"

struct token {
	const char *address;  /* arena */
	const char *id;       /* arena; MailU's */
	const char *password; /* arena */
};

struct token_book {
	const char *file;   /* borrowed */
	struct token *list; /* arena */
	size_t count, room;
	const struct json *have; /* MailU's list */
};

/* What the file and MailU have; a file that is not there is empty. */
enum err token_book_read(
	struct scope *sc, const struct api *api, const char *file, struct token_book *book) MUST;
/* ADDRESS has exactly one token with comment MARK, and its password is in the file. */
enum err token_settle(struct scope *sc, const struct api *api, struct token_book *book,
	const char *address, const char *mark, size_t *changes) MUST;
/* What the file says, as BOOK's list; a file that is not there is empty. */
enum err token_file_read(struct scope *sc, const char *file, struct token_book *book) MUST;
/* ERR_MISSING where the file has none for ADDRESS. */
enum err token_find(
	struct scope *sc, const char *file, const char *address, const char **password) MUST;

#endif
