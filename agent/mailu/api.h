/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * MailU's REST API, asked at admin itself. Its answers lie in places: a status of 200 may carry a
 * code of 400 in its body, and what is not JSON comes from something before the API.
 */
#ifndef MAILU_API_H
#define MAILU_API_H

#include "net/http.h"
#include "text/json.h"

struct api {
	struct http *http; /* borrowed */
	int port;          /* of admin, on loopback */
	const char *token; /* borrowed */
};

/* PATH begins behind /api/v1. BODY is JSON, or NULL. *JSON may be NULL. ERR_AWAY where nobody
   answers, ERR_AUTH for a wrong token (each costs one of few tries), ERR_LIMIT once they are spent,
   ERR_MISSING, ERR_CONFLICT, ERR_INPUT; ERR_UPSTREAM for all that makes no sense. */
enum err api_call(struct scope *sc, const struct api *a, const char *method, const char *path,
	const char *body, const struct json **json) MUST;

/* What an answer means; the rule of api_call(). */
enum err api_verdict(
	struct scope *sc, int status, struct bytes body, const struct json **json) MUST;

#endif
