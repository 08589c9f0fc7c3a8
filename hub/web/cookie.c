/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <string.h>

#include "crypt/secret.h"
#include "web/request.h"

/* Over https the browser itself holds a __Host- cookie to this host, this scheme and path /. */
static const char *full_name(struct request *q, const char *name)
{
	bool secure = str_eq(q->host.scheme, "https");

	return arena_printf(q->sc.mem, "%spm_%s", secure ? "__Host-" : "", name);
}

const char *cookie_get(struct request *q, const char *name)
{
	const char *value =
		MHD_lookup_connection_value(q->conn, MHD_COOKIE_KIND, full_name(q, name));

	return value && strlen(value) <= 2048 ? value : NULL;
}

void cookie_set(struct request *q, const char *name, const char *value, int64_t max_age_s)
{
	struct out o;

	out_init(&o, q->sc.mem);
	out_printf(&o, "%s=%s; Path=/; HttpOnly; SameSite=Lax", full_name(q, name), value);
	if (max_age_s >= 0)
		out_printf(&o, "; Max-Age=%lld", (long long)max_age_s);
	if (str_eq(q->host.scheme, "https"))
		out_text(&o, "; Secure");
	reply_header(q, "Set-Cookie", o.data);
}

static const char *signature(struct request *q, const char *name, const char *value)
{
	const struct hub *hub = hub_of(&q->sc);
	const char *text = arena_printf(q->sc.mem, "cookie %s=%s", name, value);
	unsigned char mac[HASH_BYTES];

	hmac_sha256(hub->master.bytes, sizeof hub->master.bytes, bytes_of(text, strlen(text)), mac);
	return str_base64url(q->sc.mem, mac, sizeof mac);
}

void cookie_set_signed(struct request *q, const char *name, const char *value, int64_t max_age_s)
{
	const char *text = str_base64url(q->sc.mem, value, strlen(value));

	cookie_set(q, name, arena_printf(q->sc.mem, "%s.%s", text, signature(q, name, text)),
		max_age_s);
}

const char *cookie_get_signed(struct request *q, const char *name)
{
	const char *value = cookie_get(q, name), *dot = value ? strchr(value, '.') : NULL;
	const char *text, *want;
	struct bytes plain;

	if (!dot)
		return NULL;
	text = arena_copy(q->sc.mem, value, (size_t)(dot - value));
	want = signature(q, name, text);
	if (strlen(dot + 1) != strlen(want) || !same_bytes(dot + 1, want, strlen(want)) ||
		!str_unbase64url(q->sc.mem, text, 2048, &plain))
		return NULL;
	return arena_copy(q->sc.mem, plain.data, plain.len);
}
