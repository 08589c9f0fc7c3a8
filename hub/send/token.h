/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What stands in tracking and unsubscribe links: signed, not secret, and never out of date, since
 * people keep mails. The key's number travels with it, so that keys can be followed by new ones.
 */
#ifndef SEND_TOKEN_H
#define SEND_TOKEN_H

#include "base/scope.h"
#include "crypt/secret.h"

#define TOKEN_TEXT 48 /* characters of base64url */

enum token_kind { TOKEN_OPEN = 'o', TOKEN_CLICK = 'c', TOKEN_UNSUBSCRIBE = 'u' };

struct token {
	enum token_kind kind;
	int64_t tenant, message;
	int link; /* of TOKEN_CLICK: the link's number in its content, from 1 */
};

#define TOKEN_MAX_KEYS 8
struct token_keys {
	struct {
		uint8_t number;
		struct hmac_key key;
	} list[TOKEN_MAX_KEYS]; /* by number; the last one signs */
	size_t count;
};

/* Reads the keys; makes the first one where there is none. They are sealed under the master key. */
enum err token_keys_load(struct scope *sc, struct token_keys *keys) MUST;

/* Arena; TOKEN_TEXT characters. */
const char *token_put(struct scope *sc, const struct token_keys *keys, const struct token *t);
/* ERR_MISSING, with nothing said, for any other text: to its sender it is just a page that is not
   there. */
enum err token_get(
	struct scope *sc, const struct token_keys *keys, const char *text, struct token *t) MUST;

#endif
