/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What needs neither host nor session: embedded files, and whether this process lives and serves.
 */
#include <string.h>

#include "store/db.h"
#include "web/asset.h"
#include "web/request.h"

static const struct {
	const char *ending, *mime;
} types[] = {
	{ ".css", "text/css; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".svg", "image/svg+xml" },
	{ ".png", "image/png" },
	{ ".ico", "image/x-icon" },
	{ ".woff2", "font/woff2" },
	{ ".json", "application/json" },
	{ ".webmanifest", "application/manifest+json" },
	{ ".txt", "text/plain; charset=utf-8" },
};

static const char *type_of(const char *name)
{
	for (size_t i = 0; i < COUNT(types); i++)
		if (str_ends(name, types[i].ending))
			return types[i].mime;
	return "application/octet-stream";
}

/* What a twin is packed with, the smallest first. */
static const struct {
	const char *coding, *ending;
} packings[] = {
	{ "br", ".br" },
	{ "gzip", ".gz" },
};

static bool is_twin(const char *name)
{
	for (size_t i = 0; i < COUNT(packings); i++)
		if (str_ends(name, packings[i].ending))
			return true;
	return false;
}

/* The twin of a file in the smallest coding that the browser takes, or the file itself. */
static const struct embedded *packed(struct request *q, const struct embedded *file)
{
	const char *accepted = request_header(q, "Accept-Encoding");

	for (size_t i = 0; accepted && i < COUNT(packings); i++) {
		const struct embedded *twin = NULL;

		if (strstr(accepted, packings[i].coding))
			twin = asset_find(
				arena_printf(q->sc.mem, "%s%s", file->name, packings[i].ending));
		if (twin) {
			reply_header(q, "Content-Encoding", packings[i].coding);
			return twin;
		}
	}
	return file;
}

static void asset_answer(struct request *q, const char *name)
{
	const struct embedded *plain = is_twin(name) ? NULL : asset_find(name), *file;
	const char *tag;

	if (!plain) {
		refuse_with(q, 404, NULL);
		return;
	}
	file = packed(q, plain);
	tag = arena_printf(q->sc.mem, "\"%s\"", file->tag);
	reply_header(q, "ETag", tag);
	reply_header(q, "Vary", "Accept-Encoding");
	/* Only the address with the right tag stands for these very bytes. */
	reply_header(q, "Cache-Control",
		str_eq(request_query(q, "v"), plain->tag) ? "public, max-age=31536000, immutable"
							  : "no-cache");
	if (str_eq(request_header(q, "If-None-Match"), tag))
		reply_none(q, 304);
	else
		reply_bytes(q, 200, type_of(name), bytes_of(file->data, file->size));
}

static void ready_answer(struct request *q)
{
	static const char ready[] = "ready\n", away[] = "away\n";
	bool fit = !web_stopping(q->web) && store_ping(&q->sc) == ERR_NONE;

	if (!fit)
		reply_header(q, "Retry-After", "5");
	reply_bytes(q, fit ? 200 : 503, "text/plain; charset=utf-8",
		fit ? bytes_of(ready, sizeof ready - 1) : bytes_of(away, sizeof away - 1));
}

bool assets_answer(struct request *q)
{
	bool asset = str_starts(q->path, "/assets/"), alive = str_eq(q->path, "/healthz");
	const char *name;

	if (!asset && !alive && !str_eq(q->path, "/readyz") && !str_eq(q->path, "/favicon.ico"))
		return false;
	if (gate_is_unsafe(q)) {
		reply_header(q, "Allow", "GET, HEAD");
		refuse_with(q, 405, NULL);
	} else if (alive) {
		reply_bytes(q, 200, "text/plain; charset=utf-8", bytes_of("alive\n", 6));
	} else if (str_eq(q->path, "/readyz")) {
		ready_answer(q);
	} else if (!asset) {
		asset_answer(q, "favicon.svg");
	} else if (url_unescape(q->sc.mem, q->path + 8, strlen(q->path) - 8, false, &name)) {
		asset_answer(q, name);
	} else {
		refuse_with(q, 404, NULL);
	}
	return true;
}
