/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "browser.h"

#define ARGUMENTS 40

struct browser browser_new(struct scope *sc, struct lab *l, const char *name)
{
	return (struct browser){ .lab = l,
		.jar = arena_printf(sc->mem, "%s/%s.cookies", l->folder, name) };
}

static const char *address(struct scope *sc, const struct browser *b, const char *path)
{
	return *path == '/' ? arena_printf(sc->mem, "%s%s", b->lab->app_url, path) : path;
}

/* The status and the target of a redirect stand on the last line of curl's output. */
static enum err run(struct scope *sc, struct browser *b, const char **argv)
{
	struct proc_spec spec = { "curl", argv, lab_path(b->lab, "log/curl.log"), NULL, 0, 0 };
	const char *text = NULL, *line;
	int64_t status = 0;
	enum err e = proc_run(sc, &spec, 20000, &text);

	if (e)
		return e;
	line = strrchr(text, '\n');
	if (!line || !str_int(arena_copy(sc->mem, line + 1, 3), 100, 599, &status))
		return fail(sc, ERR_UPSTREAM, "curl said nothing of a status");
	b->page = text;
	b->status = (int)status;
	b->location = line + 5;
	return ERR_NONE;
}

static size_t begin(struct scope *sc, struct browser *b, const char **argv, const char *path)
{
	const char *const start[] = { "curl", "-sS", "-b", b->jar, "-c", b->jar, "-w",
		"\n%{http_code} %{redirect_url}", address(sc, b, path) };
	size_t n = 0;

	for (; n < COUNT(start); n++)
		argv[n] = start[n];
	return n;
}

enum err browser_get(struct scope *sc, struct browser *b, const char *path)
{
	const char *argv[ARGUMENTS] = { 0 };

	begin(sc, b, argv, path);
	return run(sc, b, argv);
}

static const char *token_of(struct scope *sc, const char *page)
{
	const char *at = strstr(page, "name=\"csrf\" value=\"");

	if (!at)
		return "";
	at += strlen("name=\"csrf\" value=\"");
	return arena_copy(sc->mem, at, strcspn(at, "\""));
}

enum err browser_send(
	struct scope *sc, struct browser *b, const char *path, const char *const *fields)
{
	const char *argv[ARGUMENTS] = { 0 };
	enum err e = browser_get(sc, b, path);
	size_t n;

	if (e)
		return e;
	n = begin(sc, b, argv, path);
	argv[n++] = "--data-urlencode";
	argv[n++] = arena_printf(sc->mem, "csrf=%s", token_of(sc, b->page));
	while (*fields && n < ARGUMENTS - 3) {
		argv[n++] = "--data-urlencode";
		argv[n++] = *fields++;
	}
	return run(sc, b, argv);
}

enum err browser_listen(struct scope *sc, struct browser *b, struct proc *p, const char *file)
{
	const char *const argv[] = { "curl", "-sS", "-N", "-b", b->jar, "-o", file,
		address(sc, b, "/live"), NULL };
	struct proc_spec spec = { "curl", argv, lab_path(b->lab, "log/curl.log"), NULL, 0, 0 };

	return proc_start(sc, b->lab->janitor, &spec, p);
}
