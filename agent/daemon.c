/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "daemon.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/log.h"
#include "health.h"
#include "hold.h"
#include "inbox.h"
#include "inject.h"
#include "lanes.h"
#include "letters.h"
#include "life.h"
#include "link.h"
#include "listen.h"
#include "maillog.h"
#include "mailu/mailu.h"
#include "meta.h"
#include "outbox.h"
#include "pacing.h"
#include "parts.h"
#include "restore.h"
#include "schema.h"
#include "scorer.h"
#include "spool.h"
#include "store/migrate.h"
#include "turn.h"
#include "upkeep.h"
#include "vault.h"

#define CACHE_KIB 512
#define DRAIN_US  (20 * UINT64_C(1000000))

void machine_prepare(struct machine *m)
{
	memset(m, 0, sizeof *m);
	m->agent.clock.rate = 1;
	m->agent.world.clock = &m->agent.clock;
	m->agent.world.log = log_new(STDERR_FILENO, "penguin-agent", LOG_LEVEL_INFO);
}

static void set_log_level(struct machine *m)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = { { "error", LOG_LEVEL_ERROR }, { "warning", LOG_LEVEL_WARNING },
		{ "info", LOG_LEVEL_INFO }, { "debug", LOG_LEVEL_DEBUG } };

	for (size_t i = 0; i < COUNT(levels); i++)
		if (str_eq(levels[i].name, m->config.log_level)) {
			log_free(m->agent.world.log);
			m->agent.world.log =
				log_new(STDERR_FILENO, "penguin-agent", levels[i].level);
		}
}

/* ---- opening ---- */

static enum err open_config(struct scope *sc, struct machine *m, const char *path)
{
	enum err e = agent_config_read(sc, path, &m->config);

	if (e)
		return e;
	m->agent.config = &m->config;
	set_log_level(m);
	if (mkdir(m->config.state_dir, 0700) != 0 && errno != EEXIST)
		return fail(sc, ERR_AWAY, "%s: %s", m->config.state_dir, strerror(errno));
	return ERR_NONE;
}

static enum err open_identity(struct scope *sc, struct agent *a)
{
	enum err e = enrol_load(sc, a->config->state_dir, &a->identity);

	if (e == ERR_MISSING)
		return fail(
			sc, ERR_MISSING, "this machine is not enrolled: penguin-agent enrol TOKEN");
	if (e)
		return e;
	a->clock.anchor_real = a->identity.link.anchor_real;
	a->clock.anchor_plan = a->identity.link.anchor_plan;
	a->clock.rate = a->identity.link.rate;
	return ERR_NONE;
}

static enum err open_store(struct scope *sc, struct agent *a, bool run)
{
	const char *path = arena_printf(sc->mem, "%s/agent.db", a->config->state_dir);
	int applied;
	enum err e;

	if (!run && access(path, F_OK) != 0)
		return fail(sc, ERR_MISSING, "%s: the agent has not run yet", path);
	e = store_open(sc,
		&(struct store_config){ .url = arena_printf(sc->mem, "sqlite:%s", path),
			.readers = 1,
			.owner = true,
			.cache_kib = CACHE_KIB },
		&a->world.store);
	if (e || !run)
		return e ? e : migrate_check(sc, agent_schema, agent_schema_count);
	e = migrate_run(sc, agent_schema, agent_schema_count, &applied);
	return e ? e : meta_begin(sc);
}

static enum err open_state(struct scope *sc, struct agent *a)
{
	enum err e = outbox_open(sc, &a->outbox);

	a->health = health_new();
	a->mailu = mailu_new(a);
	if (!e)
		e = meta_get(sc, META_TAKEN, &a->taken, NULL);
	a->hold = hold_new(a->config->hold_command, a->config->hold_sockets);
	if (!e)
		e = pacing_open(sc, &a->pacing);
	if (!e)
		e = lanes_open(sc, &a->lanes);
	return e ? e : parts_open(sc, &a->parts);
}

/* Whatever the last process had in its hands when it ended is to be looked for; and its clock may
   have been ahead. */
static enum err orphan(struct scope *sc, void *arg)
{
	enum err e = spool_unanswered_all(sc);

	return e ? e : pacing_clamp(sc, agent_of(sc)->pacing);
}

static int on_signal(sd_event_source *s, const struct signalfd_siginfo *info, void *arg)
{
	struct agent *a = arg;
	struct scope sc;

	scope_open(&sc, &a->world, "agent");
	log_info(&sc, "stopping");
	scope_close(&sc);
	sd_notify(false, "STOPPING=1");
	turn_drain(a);
	return 0;
}

static enum err open_loop(struct scope *sc, struct agent *a)
{
	int r = sd_event_new(&a->loop);

	if (r >= 0)
		r = sd_event_add_signal(a->loop, NULL, SIGTERM, on_signal, a);
	if (r >= 0)
		r = sd_event_add_signal(a->loop, NULL, SIGINT, on_signal, a);
	if (r >= 0)
		r = sd_event_set_watchdog(a->loop, true);
	return r < 0 ? fail(sc, ERR_INTERNAL, "the event loop: %s", strerror(-r)) : ERR_NONE;
}

static enum err open_work(struct scope *sc, struct agent *a)
{
	const struct agent_config *c = a->config;
	enum err e = db_write(sc, orphan, NULL);

	if (!e)
		e = restore_open(sc, &a->restore);
	if (!e)
		e = life_begin(sc);
	if (!e)
		e = maillog_open(sc, c, mailu_rules(a->mailu), &a->maillog);
	if (!e)
		e = injector_start(sc,
			&(struct injector_config){ c->smtp_host, (int)c->smtp_port,
				(int)c->mailu_smtp_port, (int)c->injectors },
			&a->injector);
	if (!e)
		e = open_loop(sc, a);
	if (!e)
		e = mailu_start(sc, a->mailu);
	if (!e)
		e = scorer_start(sc, &a->scorer);
	if (!e)
		e = letters_start(sc, &a->letters);
	if (!e)
		e = vault_start(sc, &a->vault);
	if (!e)
		e = turn_start(sc, a);
	if (!e)
		e = upkeep_start(sc, a, &a->upkeep);
	if (!e)
		e = inbox_start(sc, a, &a->inbox);
	if (!e && !str_empty(c->listen_metrics))
		e = listener_start(sc, c->listen_metrics, &a->listener);
	return e ? e : link_open(sc, &a->link);
}

static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

enum err machine_open(struct scope *sc, struct machine *m, const char *config, enum needs needs)
{
	struct agent *a = &m->agent;
	enum err e = ERR_NONE;

	/* Before there are threads, so that all of them leave these to the loop. */
	if (needs == NEEDS_RUN)
		block_signals();
	if (needs >= NEEDS_CONFIG)
		e = open_config(sc, m, config);
	if (!e && needs >= NEEDS_STATE)
		e = open_identity(sc, a);
	if (!e && needs >= NEEDS_STATE)
		e = open_store(sc, a, needs == NEEDS_RUN);
	if (!e && needs >= NEEDS_STATE)
		e = open_state(sc, a);
	if (!e && needs == NEEDS_RUN)
		e = open_work(sc, a);
	return e;
}

void machine_close(struct machine *m)
{
	struct agent *a = &m->agent;

	listener_stop(TAKE(a->listener));
	inbox_stop(TAKE(a->inbox));
	scorer_stop(TAKE(a->scorer));
	vault_stop(TAKE(a->vault));
	link_close(TAKE(a->link));
	upkeep_stop(TAKE(a->upkeep));
	turn_stop(a);
	letters_stop(TAKE(a->letters));
	injector_stop(TAKE(a->injector));
	mailu_free(TAKE(a->mailu));
	maillog_close(TAKE(a->maillog));
	parts_close(TAKE(a->parts));
	restore_close(TAKE(a->restore));
	hold_free(TAKE(a->hold));
	lanes_close(TAKE(a->lanes));
	pacing_close(TAKE(a->pacing));
	outbox_close(TAKE(a->outbox));
	health_free(TAKE(a->health));
	a->loop = sd_event_unref(a->loop);
	store_close(TAKE(a->world.store));
	log_free(TAKE(a->world.log));
}

/* ---- running ---- */

static int give_up(sd_event_source *s, uint64_t usec, void *arg)
{
	struct agent *a = arg;

	if (a->draining)
		return sd_event_exit(a->loop, 0);
	sd_event_source_set_time_relative(s, DRAIN_US);
	sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
	return 0;
}

enum err machine_run(struct scope *sc, struct machine *m)
{
	struct agent *a = &m->agent;
	int r;

	log_info(sc, "version %s runs as %s", VERSION, a->identity.id);
	sd_notify(false, "READY=1");
	/* Draining ends by itself; this is for a mail server that hangs. */
	r = sd_event_add_time_relative(a->loop, NULL, CLOCK_MONOTONIC, DRAIN_US, 0, give_up, a);
	if (r >= 0)
		r = sd_event_loop(a->loop);
	return r < 0 ? fail(sc, ERR_INTERNAL, "the event loop: %s", strerror(-r)) : ERR_NONE;
}
