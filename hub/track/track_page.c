/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "track/track_page.h"

#include <string.h>

#include "track/track_host.h"
#include "track/track_html.h"

/* 1 × 1, transparent. */
static const unsigned char gif[] = { 'G', 'I', 'F', '8', '9', 'a', 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0,
	0xff, 0xff, 0xff, 0x21, 0xf9, 4, 1, 0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44,
	1, 0, 0x3b };

/* The page stands on hosts that serve nothing else, so it brings what little it wears. */
static const char style[] =
	":root{color-scheme:light dark}"
	"body{margin:0;font:16px/24px system-ui,sans-serif;color:#1f2937;background:#f9fafb}"
	"main{max-width:28rem;margin:15vh auto;padding:2rem;background:#fff;border-radius:12px;"
	"box-shadow:0 1px 3px rgb(0 0 0/.12)}"
	"h1{font-size:22px;line-height:30px;margin:0 0 .5rem}"
	"p{margin:0 0 1rem}.small{font-size:14px;color:#6b7280;margin:1rem 0 0}"
	"button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:8px;background:#1d4ed8;"
	"color:#fff;cursor:pointer}button:focus-visible{outline:3px solid #93c5fd}"
	"@media(max-width:32rem){main{margin:0;min-height:100vh;border-radius:0}}"
	"@media(prefers-color-scheme:dark){body{color:#e5e7eb;background:#111827}"
	"main{background:#1f2937}.small{color:#9ca3af}button{background:#3b82f6}}";

/* Puts SC into the tenant the token names. ENDING is taken off the path first. */
static enum err enter(
	struct scope *sc, const struct request *q, const char *ending, struct token *t)
{
	const char *text = request_rest(q);
	size_t len = text ? strlen(text) : 0, cut = strlen(ending);
	struct token_keys keys;
	enum err e;

	if (len != TOKEN_TEXT + cut || strcmp(text + len - cut, ending) != 0)
		return fail(sc, ERR_MISSING, "There is nothing here");
	e = token_keys_load(sc, &keys);
	if (e)
		return e;
	e = token_get(sc, &keys, arena_copy(sc->mem, text, len - cut), t);
	explicit_bzero(&keys, sizeof keys);
	if (e)
		return fail(sc, ERR_MISSING, "There is nothing here");
	sc->tenant = t->tenant;
	sc->actor = (struct actor){ .kind = ACTOR_RECIPIENT };
	return ERR_NONE;
}

static enum track_agent agent_of(const struct request *q)
{
	return track_agent_of(request_header(q, "User-Agent"));
}

enum err track_open_page(struct scope *sc, struct request *q, const void *input)
{
	struct token t;
	enum err e = enter(sc, q, ".gif", &t);

	if (!e)
		e = track_open(sc, &t, agent_of(q));
	/* A picture that does not load helps nobody. */
	if (e && e != ERR_MISSING) {
		scope_clear(sc);
		e = ERR_NONE;
	}
	if (e)
		return e;
	reply_header(q, "Cache-Control", "no-store");
	reply_bytes(q, 200, "image/gif", bytes_of(gif, sizeof gif));
	return ERR_NONE;
}

enum err track_click_page(struct scope *sc, struct request *q, const void *input)
{
	struct token t;
	const char *url;
	enum err e = enter(sc, q, "", &t);

	if (!e)
		e = track_click(sc, &t, agent_of(q), &url);
	if (e)
		return e;
	reply_header(q, "Cache-Control", "no-store");
	reply_redirect(q, url);
	return ERR_NONE;
}

enum err track_style_page(struct scope *sc, struct request *q, const void *input)
{
	reply_header(q, "Cache-Control", "public, max-age=86400");
	reply_bytes(q, 200, "text/css; charset=utf-8", bytes_of(style, sizeof style - 1));
	return ERR_NONE;
}

/* A host on its way to be verified is asked for this through its own name. */
enum err track_proof_page(struct scope *sc, struct request *q, const void *input)
{
	const char *host = request_header(q, "Host"), *proof;
	enum err e = track_host_proof(sc, host ? host : "", request_rest(q), &proof);

	if (e)
		return e;
	reply_header(q, "Cache-Control", "no-store");
	reply_bytes(q, 200, "text/plain; charset=utf-8", bytes_of(proof, strlen(proof)));
	return ERR_NONE;
}

/* ---- leaving ---- */

const struct form track_leave_page_form = { .body = 4096 };

static enum err show(struct scope *sc, struct request *q, const struct token *t, bool done)
{
	struct track_leave l;
	struct out o;
	enum err e = track_leave_find(sc, t, &l);

	if (e)
		return e;
	out_init(&o, sc->mem);
	track_leave_html(sc, &o, &l, done);
	reply_header(q, "Cache-Control", "no-store");
	reply_bytes(q, 200, "text/html; charset=utf-8", bytes_of(o.data, o.len));
	return ERR_NONE;
}

/* Scanners follow every link, so looking changes nothing. */
enum err track_leave_page(struct scope *sc, struct request *q, const void *input)
{
	struct token t;
	enum err e = enter(sc, q, "", &t);

	return e ? e : show(sc, q, &t, false);
}

/* RFC 8058 §3.2: a mail program posts List-Unsubscribe=One-Click, without cookies; the page's
   button posts nothing at all. Either is the reader's will: the token is the proof. */
enum err track_leave_post_page(struct scope *sc, struct request *q, const void *input)
{
	static const char one_click[] = "List-Unsubscribe=One-Click";
	struct bytes body = request_body(q);
	struct token t;
	enum err e = enter(sc, q, "", &t);

	if (!e)
		e = track_leave(sc, &t,
			memmem(body.data, body.len, one_click, sizeof one_click - 1) ? "one-click"
										     : "page");
	return e ? e : show(sc, q, &t, true);
}
