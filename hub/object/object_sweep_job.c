/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Files that nobody will ever ask for. Rows go before files and come after them, so a file may be
   without a row for a moment; a day is long past that. */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "base/str.h"
#include "object/object_job.h"
#include "object/object_priv.h"

#define OLD_MS  DAY_MS
#define UNNAMED ".new" /* a write that was not finished */

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* Of a time long ago, by the clock of files. */
static bool is_old(struct scope *sc, const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       (int64_t)st.st_mtim.tv_sec * SECOND_MS < now_real(sc).ms - OLD_MS;
}

/* PLACE is "ten_…/NAME". What is not named as ours are is left alone. */
static enum err judge(struct scope *sc, const char *name, bool *orphan)
{
	size_t len = strlen(name);
	bool unnamed = str_ends(name, UNNAMED);
	struct object o;
	int64_t id;
	enum err e;

	*orphan = false;
	if (unnamed)
		name = arena_copy(sc->mem, name, len - strlen(UNNAMED));
	if (!id_parse(name, ID_OBJECT, &id))
		return ERR_NONE;
	*orphan = unnamed;
	if (unnamed)
		return ERR_NONE;
	e = object_find(sc, id, &o);
	if (e != ERR_MISSING)
		return e;
	scope_clear(sc);
	*orphan = true;
	return ERR_NONE;
}

static enum err sweep_folder(struct scope *sc, const char *folder)
{
	CLEANUP(close_dir) DIR *dir = opendir(object_path(sc, folder));
	struct dirent *entry;
	enum err e = ERR_NONE;

	while (!e && dir && (entry = readdir(dir))) {
		const char *path =
			object_path(sc, arena_printf(sc->mem, "%s/%s", folder, entry->d_name));
		bool orphan;

		if (!is_old(sc, path))
			continue;
		e = judge(sc, entry->d_name, &orphan);
		if (!e && orphan)
			unlink(path);
	}
	return e;
}

enum err object_sweep_run(struct scope *sc, struct job *j)
{
	CLEANUP(close_dir) DIR *dir = opendir(object_path(sc, "."));
	struct dirent *entry;
	enum err e = ERR_NONE;

	(void)j;
	while (!e && dir && (entry = readdir(dir))) {
		struct scope own;
		int64_t tenant;

		if (!id_parse(entry->d_name, ID_TENANT, &tenant))
			continue;
		scope_open_for(&own, sc, tenant);
		e = sweep_folder(&own, entry->d_name);
		if (e)
			(void)fail(sc, e, "%s", own.why);
		scope_close(&own);
	}
	return e;
}
