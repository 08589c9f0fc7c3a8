/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/key.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "crypt/dkim_key.h"
#include "mailu/records.h"

#define PEM_MAX_BYTES 16384

static const char *folder_of(struct scope *sc, const struct mailu_spec *spec)
{
	return arena_printf(sc->mem, "%s/dkim", spec->site->root);
}

/* The selector of FILE where it is a key of NAME: <domain>.<selector>.key, and a selector has no
   dot. Else NULL. */
static const char *selector_of(struct scope *sc, const char *file, const char *name)
{
	size_t n = strlen(name), len = strlen(file);

	if (!str_starts(file, name) || file[n] != '.' || len < n + 6 || !str_ends(file, ".key"))
		return NULL;
	return memchr(file + n + 1, '.', len - n - 5)
		       ? NULL
		       : arena_copy(sc->mem, file + n + 1, len - n - 5);
}

static bool is_wanted(const struct mailu_spec *spec, const char *selector)
{
	return str_eq_nocase(selector, spec->part.selector) ||
	       (spec->part.next && str_eq_nocase(selector, spec->part.next)) ||
	       (spec->part.old && str_eq_nocase(selector, spec->part.old));
}

/* SPEC NULL wants none. */
static enum err drop(struct scope *sc, const char *folder, const char *name,
	const struct mailu_spec *spec, size_t *changes)
{
	DIR *d = opendir(folder);
	enum err e = ERR_NONE;
	struct dirent *f;

	if (!d)
		return fail(sc, ERR_AWAY, "%s: %s", folder, strerror(errno));
	while ((f = readdir(d)) != NULL && !e) {
		const char *selector = selector_of(sc, f->d_name, name);

		if (!selector || (spec && is_wanted(spec, selector)))
			continue;
		if (unlinkat(dirfd(d), f->d_name, 0) == 0)
			(*changes)++;
		else if (errno != ENOENT)
			e = fail(sc, ERR_AWAY, "%s/%s: %s", folder, f->d_name, strerror(errno));
	}
	closedir(d);
	return e;
}

enum err key_drop(struct scope *sc, const struct mailu_spec *spec, const char *name)
{
	size_t changes = 0;

	return drop(sc, folder_of(sc, spec), name, NULL, &changes);
}

/* MailU's admin reads them as the user the folder is given to. */
static enum err make(struct scope *sc, const char *folder, const char *path)
{
	struct stat owner;
	const char *pem;
	enum err e = dkim_key_make(sc, &pem);

	if (!e)
		e = file_write(sc, path, 0600, bytes_of(pem, strlen(pem)));
	if (!e && (stat(folder, &owner) != 0 || chown(path, owner.st_uid, owner.st_gid) != 0))
		e = fail(sc, ERR_AWAY, "%s: %s", path, strerror(errno));
	return e;
}

/* *THERE is false for a key that is not and is not to be made. */
static enum err read_or_make(struct scope *sc, const char *folder, const char *path, bool may_make,
	const char **pem, bool *there, size_t *changes)
{
	enum err e = file_text(sc, path, PEM_MAX_BYTES, pem);

	*there = e == ERR_NONE;
	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	if (!may_make)
		return ERR_NONE;
	e = make(sc, folder, path);
	if (!e)
		e = file_text(sc, path, PEM_MAX_BYTES, pem);
	*there = e == ERR_NONE;
	*changes += *there;
	return e;
}

enum err key_settle(struct scope *sc, const struct mailu_spec *spec, const char *name,
	const char *domain, struct wire_record *out, size_t *count, size_t *changes)
{
	const char *const selectors[KEY_RECORDS] = { spec->part.next, spec->part.old };
	const char *folder = folder_of(sc, spec);
	enum err e = drop(sc, folder, name, spec, changes);

	for (int i = 0; i < KEY_RECORDS && !e; i++) {
		const char *path, *pem, *text;
		bool there;

		if (!selectors[i])
			continue;
		path = arena_printf(sc->mem, "%s/%s.%s.key", folder, name, selectors[i]);
		e = read_or_make(sc, folder, path, i == 0, &pem, &there, changes);
		if (!e && there)
			e = dkim_key_record(sc, pem, &text);
		if (!e && there)
			out[(*count)++] = (struct wire_record){
				arena_printf(sc->mem, "%s._domainkey.%s.", selectors[i], domain),
				"TXT", record_quote(sc, text)
			};
	}
	return e;
}
