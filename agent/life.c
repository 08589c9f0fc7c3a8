/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "life.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"
#include "base/str.h"
#include "config.h"
#include "health.h"
#include "meta.h"

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

static enum err store_life(struct scope *sc, void *arg)
{
	return meta_set(sc, META_LIFE, 0, arg);
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
		return db_write(sc, store_life, (void *)(uintptr_t)now);
	if (!str_eq(before, now))
		health_set(agent_of(sc)->health, WORRY_RESTORED,
			"waiting for the hub to confirm that this database is the newest");
	return ERR_NONE;
}

enum err life_confirm(struct scope *sc, bool current)
{
	struct health_watch *h = agent_of(sc)->health;
	const char *now;
	enum err e;

	if (!current) {
		health_set(h, WORRY_RESTORED,
			"the hub knows facts that this outbox never wrote: this database is a "
			"copy of an older one");
		return ERR_NONE;
	}
	if (!health_has(h, WORRY_RESTORED))
		return ERR_NONE;
	e = this_life(sc, &now);
	if (!e)
		e = db_write(sc, store_life, (void *)(uintptr_t)now);
	if (!e)
		health_set(h, WORRY_RESTORED, NULL);
	return e;
}
