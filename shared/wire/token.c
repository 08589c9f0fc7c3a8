/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The enrolment token: everything an appliance needs to find its hub and to know it when found. */
#include <string.h>

#include "wire/fields.h"

#define MARK     "pme_"
#define MAX_TEXT 4096

struct token_text {
	const char *url;
	const char *ca; /* hex */
	const char *secret;
};

MESSAGE(token, token_text, TOKEN(token_text, url, 1024), HEX(token_text, ca, 64, 64),
	TOKEN(token_text, secret, 256));

const char *enrol_token_put(struct scope *sc, const struct enrol_token *t)
{
	struct bytes json = codec_put(sc, &token,
		&(struct token_text){ .url = t->url,
			.ca = str_hex(sc->mem, t->ca_sha256, sizeof t->ca_sha256),
			.secret = t->secret });

	return arena_printf(sc->mem, MARK "%s", str_base64url(sc->mem, json.data, json.len));
}

enum err enrol_token_get(struct scope *sc, const char *text, struct enrol_token *t)
{
	struct token_text read;
	struct bytes json;
	struct enrol_token made;
	enum err e;

	if (str_empty(text) || !str_starts(text, MARK) || strlen(text) > MAX_TEXT ||
		!str_unbase64url(sc->mem, text + strlen(MARK), MAX_TEXT, &json))
		return fail(sc, ERR_INPUT, "this is no enrolment token");
	e = codec_get(sc, &token, json, MAX_TEXT, &read);
	if (e)
		return e;
	made = (struct enrol_token){ .url = read.url, .secret = read.secret };
	if (!str_unhex(read.ca, made.ca_sha256, sizeof made.ca_sha256))
		return fail(sc, ERR_INPUT, "this is no enrolment token");
	*t = made;
	return ERR_NONE;
}
