/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "life.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"
#include "base/str.h"
#include "config.h"
#include "health.h"
#include "meta.h"
#include "outbox.h"
#include "restore.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* The file's inode and the boot: what a copy or a machine set back does not keep. */
static enum err this_life(struct scope *sc, const char **life)
{
	const char *path = arena_printf(sc->mem, "%s/agent.db", agent_of(sc)->config->state_dir);
	int fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);
	char boot[40] = "";
	struct stat st;

	if (fd >= 0) {
		ssize_t n = read(fd, boot, 36);

		boot[n > 0 ? n : 0] = 0;
		close(fd);
	}
	if (stat(path, &st) != 0)
		return fail(sc, ERR_AWAY, "%s: %s", path, strerror(errno));
	*life = arena_printf(sc->mem, "%llu %s", (unsigned long long)st.st_ino, boot);
	return ERR_NONE;
}

enum err life_store(struct scope *sc)
{
	const char *now;
	enum err e = this_life(sc, &now);

	return e ? e : meta_set(sc, META_LIFE, 0, now);
}

static enum err store(struct scope *sc, void *arg)
{
	return life_store(sc);
}

enum err life_begin(struct scope *sc)
{
	const char *now, *before;
	enum err e = this_life(sc, &now);

	if (!e)
		e = meta_get(sc, META_LIFE, NULL, &before);
	if (e)
		return e;
	if (!before)
		return db_write(sc, store, NULL);
	if (!str_eq(before, now) && !health_has(agent_of(sc)->health, WORRY_RESTORED))
		health_set(agent_of(sc)->health, WORRY_RESTORED,
			"waiting for the hub to confirm that this database is the newest");
	return ERR_NONE;
}

/* File and boot are written as "inode boot". */
static bool is_same_file(const char *a, const char *b)
{
	size_t n = strcspn(a, " ");

	return n == strcspn(b, " ") && memcmp(a, b, n) == 0;
}

enum err life_confirm(struct scope *sc, int64_t mark)
{
	const struct agent *a = agent_of(sc);
	const char *now, *before;
	enum err e;

	if (!health_has(a->health, WORRY_RESTORED) || restore_phase(a->restore) != RESTORE_NONE)
		return ERR_NONE;
	e = this_life(sc, &now);
	if (!e)
		e = meta_get(sc, META_LIFE, NULL, &before);
	if (e)
		return e;
	if (before && !is_same_file(before, now))
		return restore_begin(sc, outbox_epoch(a->outbox), mark);
	e = db_write(sc, store, NULL);
	if (!e)
		health_set(a->health, WORRY_RESTORED, NULL);
	return e;
}
