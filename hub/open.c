/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "open.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/words.h"
#include "event/event.h"
#include "schema/schema.h"
#include "setup/setup.h"
#include "store/migrate.h"
#include "tenant/tenant.h"

extern const struct words hub_words;

void hub_begin(struct engine *g)
{
	unsigned char name[8];

	memset(g, 0, sizeof *g);
	rand_bytes(name, sizeof name);
	snprintf(g->hub.name, sizeof g->hub.name, "hub-%02x%02x%02x%02x%02x%02x%02x%02x", name[0],
		name[1], name[2], name[3], name[4], name[5], name[6], name[7]);
	g->clock.rate = 1;
	g->hub.world.clock = &g->clock;
	g->hub.world.words = &hub_words;
	g->hub.world.log = log_new(STDERR_FILENO, "penguin-hub", LOG_LEVEL_INFO);
	g->hub.tenant_key = tenant_key_get;
}

static void set_log_level(struct engine *g)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = { { "error", LOG_LEVEL_ERROR }, { "warning", LOG_LEVEL_WARNING },
		{ "info", LOG_LEVEL_INFO }, { "debug", LOG_LEVEL_DEBUG } };

	for (size_t i = 0; i < COUNT(levels); i++)
		if (str_eq(levels[i].name, g->config.log_level)) {
			log_free(g->hub.world.log);
			g->hub.world.log = log_new(STDERR_FILENO, "penguin-hub", levels[i].level);
		}
}

/* ---- configuration ---- */

static enum err make_folder(struct scope *sc, const char *path)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return ERR_NONE;
	return fail(sc, ERR_AWAY, "%s: %m", path);
}

static enum err open_config(struct scope *sc, struct engine *g, const char *path)
{
	enum err e = hub_config_read(sc, path, &g->config);

	if (e)
		return e;
	set_log_level(g);
	g->hub.config = &g->config;
	g->hub.objects_dir = g->config.objects_dir;
	return ERR_NONE;
}

/* ---- database ---- */

static enum err open_store(struct scope *sc, struct engine *g, const struct store_config *more)
{
	struct store_config c = *more;

	c.readers = (int)g->config.database_connections;
	c.cache_kib = (int)g->config.database_cache_kib;
	return store_open(sc, &c, &g->hub.world.store);
}

static void close_store(struct engine *g)
{
	store_close(TAKE(g->hub.world.store));
}

/* As the owner of the tables, and at the program's version. */
static enum err open_owner(struct scope *sc, struct engine *g, int *applied)
{
	bool owner = !str_empty(g->config.database_owner);
	struct store_config c = { .url = owner ? g->config.database_owner : g->config.database,
		.owner = true };
	enum err e = owner ? store_url_role(sc, g->config.database, &c.grant) : ERR_NONE;

	if (!e)
		e = open_store(sc, g, &c);
	return e ? e : migrate_run(sc, hub_schema, hub_schema_count, applied);
}

enum err hub_migrate(struct scope *sc, int *applied)
{
	struct engine *g = engine_of(sc);
	struct store *before = TAKE(g->hub.world.store);
	enum err e = open_owner(sc, g, applied);

	close_store(g);
	g->hub.world.store = before;
	return e;
}

static enum err check_version(struct scope *sc, struct engine *g, enum needs needs)
{
	bool may =
		str_starts(g->config.database, "sqlite:") || !str_empty(g->config.database_owner);
	int applied;
	enum err e;

	if (needs == NEEDS_SERVE && may) {
		e = hub_migrate(sc, &applied);
		if (e)
			return e;
		if (applied)
			log_info(sc, "applied %d migrations", applied);
	}
	return migrate_check(sc, hub_schema, hub_schema_count);
}

static enum err open_database(struct scope *sc, struct engine *g, enum needs needs)
{
	struct store_config c = {
		.url = g->config.database, .flush = event_flush, .committed = g->committed, .arg = g
	};
	enum err e = make_folder(sc, g->config.state_dir);

	if (!e)
		e = make_folder(sc, g->config.objects_dir);
	if (!e)
		e = open_store(sc, g, &c);
	if (!e)
		e = check_version(sc, g, needs);
	if (!e)
		e = clock_setup(sc, needs == NEEDS_SERVE ? g->config.clock_rate : 0, &g->clock);
	return e;
}

/* ---- key and number ---- */

static enum err open_hub(struct scope *sc, struct engine *g)
{
	enum err e;

	if (str_empty(g->config.master_key_file))
		return fail(sc, ERR_INPUT,
			"master_key_file is not set, and the service manager gave no credential");
	e = seal_key_read(sc, g->config.master_key_file, &g->hub.master);
	if (!e)
		e = master_check(sc, &g->hub.master);
	if (!e)
		e = process_take(sc, g->hub.name, &g->number);
	if (e)
		return e;
	g->numbered = true;
	g->hub.world.ids = id_gen_new((unsigned)g->config.cell, (unsigned)g->number);
	return ERR_NONE;
}

enum err hub_open(struct scope *sc, struct engine *g, const char *path, enum needs needs)
{
	enum err e = ERR_NONE;
	int applied;

	if (needs >= NEEDS_CONFIG)
		e = open_config(sc, g, path);
	if (!e && needs == NEEDS_OWNER)
		e = open_owner(sc, g, &applied);
	if (!e && needs >= NEEDS_STORE)
		e = open_database(sc, g, needs);
	if (!e && needs >= NEEDS_HUB)
		e = open_hub(sc, g);
	return e;
}

void hub_close(struct scope *sc, struct engine *g)
{
	/* Not freed, the number frees itself in a minute. */
	if (g->numbered && process_free(sc, g->hub.name, g->number))
		log_failure(sc, "process number");
	close_store(g);
	id_gen_free(g->hub.world.ids);
	g->hub.world.ids = NULL;
	seal_key_wipe(&g->hub.master);
	log_free(TAKE(g->hub.world.log));
}
