/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who asks, in which language, and whether the route's row lets them. */
#include <assert.h>
#include <string.h>

#include "base/rand.h"
#include "base/words.h"
#include "crypt/secret.h"
#include "web/request.h"

static const char *const need_names[] = {
	[NEED_VIEW] = "view",
	[NEED_CAMPAIGN] = "campaign",
	[NEED_CONTACT] = "contact",
	[NEED_FLEET] = "fleet",
	[NEED_SENDER] = "sender",
	[NEED_MEMBER] = "member",
	[NEED_SETTING] = "setting",
};
_Static_assert(COUNT(need_names) == NEED_MAX, "each permission has a name");

const char *need_name(enum need n)
{
	assert(n < NEED_MAX);
	return need_names[n];
}

bool gate_is_unsafe(const struct request *q)
{
	return !str_eq(q->method, "GET") && !str_eq(q->method, "HEAD");
}

/* ---- language ---- */

static const char *known_lang(const struct words *words, const char *tag, size_t len)
{
	for (size_t i = 0; words && i < words->count; i++) {
		const char *lang = words->list[i].lang;

		if (strlen(lang) == len && strncasecmp(lang, tag, len) == 0)
			return lang;
	}
	return NULL;
}

/* The first language of the browser's list that there is a catalogue for, or English. Browsers
   write the list in order of preference, so weights need not be read. */
static const char *browser_lang(const struct request *q)
{
	const char *at = request_header(q, "Accept-Language");

	for (int i = 0; at && *at && i < 20; i++) {
		size_t len;
		const char *lang;

		at += strspn(at, ", \t");
		len = strcspn(at, ",; \t");
		lang = known_lang(q->sc.world->words, at, len);
		if (lang)
			return lang;
		len = strcspn(at, ",;- \t");
		lang = known_lang(q->sc.world->words, at, len);
		if (lang)
			return lang;
		if (len == 2 && strncasecmp(at, "en", 2) == 0)
			return NULL;
		at += strcspn(at, ",");
	}
	return NULL;
}

/* ---- who ---- */

static const char *bearer(const struct request *q)
{
	const char *header = request_header(q, "Authorization");

	return header && strncasecmp(header, "Bearer ", 7) == 0 ? header + 7 : NULL;
}

static enum err identify(struct request *q)
{
	enum door_kind kind = q->match.route->kind;
	const char *key = kind == DOOR_API ? bearer(q) : NULL;
	const char *session = cookie_get(q, COOKIE_SESSION);
	enum err e = ERR_AUTH;

	if (kind == DOOR_TRACK || kind == DOOR_AGENT)
		return ERR_NONE;
	q->by_key = key != NULL;
	if (key)
		e = principal_of_key(&q->sc, key, &q->who);
	else if (session)
		e = principal_of_session(&q->sc, session, &q->who);
	if (e == ERR_AUTH) {
		scope_clear(&q->sc);
		return ERR_NONE;
	}
	q->known = e == ERR_NONE;
	return e;
}

/* A page without a session keeps its CSRF secret in a cookie and repeats it in its forms. */
static void open_csrf(struct request *q)
{
	unsigned char secret[24];
	struct bytes kept;

	q->csrf = cookie_get(q, COOKIE_OPEN);
	if (q->csrf && str_unbase64url(q->sc.mem, q->csrf, 64, &kept) && kept.len == sizeof secret)
		return;
	rand_bytes(secret, sizeof secret);
	q->csrf = str_base64url(q->sc.mem, secret, sizeof secret);
	cookie_set(q, COOKIE_OPEN, q->csrf, -1);
}

static void take_lang(struct request *q)
{
	q->sc.lang = known_lang(q->sc.world->words, q->who.lang ? q->who.lang : "",
		q->who.lang ? strlen(q->who.lang) : 0);
	if (!q->who.lang)
		q->sc.lang = browser_lang(q);
}

static void take_scope(struct request *q)
{
	q->sc.tenant = q->who.tenant;
	q->sc.workspace = q->who.workspace;
	q->sc.actor = q->who.actor;
	q->csrf = q->who.csrf;
}

void gate_recognise(struct request *q)
{
	const char *session = cookie_get(q, COOKIE_SESSION);

	if (!str_eq(q->host.purpose, HOST_APP) || q->known || !session)
		return;
	if (principal_of_session(&q->sc, session, &q->who)) {
		scope_clear(&q->sc);
		return;
	}
	q->known = true;
	take_lang(q);
	take_scope(q);
}

enum err gate_identify(struct request *q)
{
	enum err e = identify(q);

	if (e)
		return e;
	take_lang(q);
	if (q->known)
		take_scope(q);
	if (q->match.route->kind == DOOR_OPEN)
		open_csrf(q);
	return ERR_NONE;
}

/* ---- may they ---- */

bool request_may(const struct request *q, enum need n)
{
	switch (n) {
	case NEED_UNSET:
		return false;
	case NEED_NOBODY:
	case NEED_APPLIANCE:
		return true;
	case NEED_ACCOUNT:
		return q->known && !q->by_key;
	case NEED_STAFF:
		return q->known && !q->by_key && q->who.staff;
	default:
		return q->known && q->who.tenant && rights_have(q->who.rights, need_name(n));
	}
}

static bool csrf_holds(struct request *q)
{
	const char *sent = MHD_lookup_connection_value(q->conn, MHD_HEADER_KIND, "X-CSRF-Token");

	if (!sent && q->match.route->kind != DOOR_API)
		sent = input_text(&q->input, &q->sc, "csrf");
	return sent && q->csrf && strlen(sent) == strlen(q->csrf) &&
	       same_bytes(sent, q->csrf, strlen(sent));
}

static bool needs_csrf(const struct request *q)
{
	switch (q->match.route->kind) {
	case DOOR_PAGE:
	case DOOR_OPEN:
		return gate_is_unsafe(q);
	case DOOR_API:
		return gate_is_unsafe(q) && q->known && !q->by_key;
	default:
		return false;
	}
}

enum err gate_check(struct request *q)
{
	enum need need = q->match.route->need;

	if (need >= NEED_ACCOUNT && need != NEED_APPLIANCE && !q->known)
		return fail(&q->sc, ERR_AUTH, "Sign in first.");
	if (!request_may(q, need))
		return fail(&q->sc, ERR_DENIED, "You do not have the right to do this.");
	if (needs_csrf(q) && !csrf_holds(q))
		return fail(&q->sc, ERR_DENIED,
			"This page has become too old for what you did. Load it again and repeat.");
	return ERR_NONE;
}
