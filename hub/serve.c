/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Everything that runs is in one list of parts, started in order and stopped in the opposite one,
 * so that nothing hands work to what is gone. The main thread then keeps the process number, feeds
 * the service manager's watchdog, and waits for a signal.
 */
#include "serve.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/log.h"
#include "bus/bus.h"
#include "event/event.h"
#include "fleet/authority.h"
#include "fleet/fleet.h"
#include "follows.h"
#include "guard/host.h"
#include "health/metrics.h"
#include "job/job.h"
#include "jobs.h"
#include "routes.h"
#include "send/dispatch.h"
#include "send/render.h"
#include "setup/setup.h"
#include "tenant/workspace_page.h"
#include "warmup/site_memory.h"
#include "web/server.h"

/* Loops are woken by commits at most this often. */
#define WAKE_MS 20
#define KEEP_MS (PROCESS_LEASE_MS / 4)
#define TICK_MS 1000
#define RUNNERS 3
#define DOMAINS 20000 /* whose providers are remembered; 2.5 MiB when all are */

struct serving {
	struct web *web, *agents; /* owned */
	struct metrics *metrics;  /* owned */
	pthread_t waker;
	pthread_mutex_t lock;
	pthread_cond_t woken;
	bool waking, stopping;
	bool has_waker;
};

/* ---- waking ---- */

static void note_commit(void *arg)
{
	struct serving *s = ((struct engine *)arg)->serving;

	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->waking = true;
	pthread_cond_signal(&s->woken);
	pthread_mutex_unlock(&s->lock);
}

static void wake_all(struct hub *hub)
{
	follow_poke(hub->follow);
	job_poke(hub->jobs);
	dispatch_poke(hub->dispatch);
	bus_poke(hub->bus);
}

/* A commit leaves rows for the loops; which loop's is not worth knowing. */
static void *run_waker(void *arg)
{
	struct engine *g = arg;
	struct serving *s = g->serving;

	pthread_mutex_lock(&s->lock);
	while (!s->stopping) {
		if (!s->waking) {
			pthread_cond_wait(&s->woken, &s->lock);
			continue;
		}
		s->waking = false;
		pthread_mutex_unlock(&s->lock);
		wake_all(&g->hub);
		usleep(WAKE_MS * 1000);
		pthread_mutex_lock(&s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static enum err start_waker(struct scope *sc, struct engine *g)
{
	if (pthread_create(&g->serving->waker, NULL, run_waker, g) != 0)
		return fail(sc, ERR_AWAY, "no thread");
	g->serving->has_waker = true;
	return ERR_NONE;
}

static void stop_waker(struct engine *g)
{
	struct serving *s = g->serving;

	if (!s->has_waker)
		return;
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_cond_signal(&s->woken);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->waker, NULL);
}

/* ---- parts ---- */

static enum err start_hosts(struct scope *sc, struct engine *g)
{
	enum err e = host_ensure(sc, g->config.app_url, HOST_APP);

	if (!e)
		e = host_ensure(sc, g->config.link_url, HOST_LINK);
	return e ? e : host_ensure(sc, g->config.agents_url, HOST_AGENT);
}

static enum err start_fleet(struct scope *sc, struct engine *g)
{
	(void)g;
	return fleet_start(sc);
}

static enum err start_render(struct scope *sc, struct engine *g)
{
	(void)sc;
	g->hub.render = render_new();
	return ERR_NONE;
}

static enum err start_sites(struct scope *sc, struct engine *g)
{
	(void)sc;
	g->hub.sites = site_memory_new(&g->hub.world, DOMAINS);
	return ERR_NONE;
}

static void stop_sites(struct engine *g)
{
	site_memory_free(TAKE(g->hub.sites));
}

static void stop_render(struct engine *g)
{
	render_free(TAKE(g->hub.render));
}

static const char *or_null(const char *text)
{
	return str_empty(text) ? NULL : text;
}

static enum err start_web(struct scope *sc, struct engine *g)
{
	struct web_config c = { .listener = WEB_PUBLIC,
		.listen = g->config.listen_http,
		.cert_file = or_null(g->config.listen_cert),
		.key_file = or_null(g->config.listen_key),
		.threads = (int)g->config.threads,
		.trust_proxy = g->config.listen_trust_proxy,
		.shell = workspace_shell,
		.routes = routes };

	(void)sc;
	return web_start(&g->hub, &c, &g->serving->web);
}

static void stop_web(struct engine *g)
{
	web_stop(TAKE(g->serving->web));
}

static enum err start_agents(struct scope *sc, struct engine *g)
{
	struct authority_files files = authority_paths(sc);
	struct web_config c = { .listener = WEB_AGENTS,
		.listen = g->config.listen_agents,
		.cert_file = files.agents_cert,
		.key_file = files.agents_key,
		.threads = 2,
		.routes = routes };
	enum err e = authority_bundle(sc, AUTHORITY_AGENT, &c.client_ca);

	return e ? e : web_start(&g->hub, &c, &g->serving->agents);
}

static void stop_agents(struct engine *g)
{
	web_stop(TAKE(g->serving->agents));
}

static enum err start_bus(struct scope *sc, struct engine *g)
{
	struct authority_files files = authority_paths(sc);
	struct bus_config c = { .host = g->config.broker_host,
		.port = (int)g->config.broker_port,
		.client_id = g->hub.name,
		.ca_file = files.server_ca,
		.cert_file = files.hub_cert,
		.key_file = files.hub_key };

	return bus_start(&g->hub, &c, &bus_doors, &g->hub.bus);
}

static void stop_bus(struct engine *g)
{
	/* Its threads look at the pointer until they have ended. */
	bus_stop(g->hub.bus);
	g->hub.bus = NULL;
}

static enum err start_follow(struct scope *sc, struct engine *g)
{
	(void)sc;
	return follow_start(&g->hub, follows, &g->hub.follow);
}

static void stop_follow(struct engine *g)
{
	follow_stop(TAKE(g->hub.follow));
}

static enum err start_jobs(struct scope *sc, struct engine *g)
{
	(void)sc;
	return job_start(&g->hub, jobs, RUNNERS, &g->hub.jobs);
}

static void stop_jobs(struct engine *g)
{
	job_stop(TAKE(g->hub.jobs));
}

static enum err start_dispatch(struct scope *sc, struct engine *g)
{
	struct dispatch_config c = { 0 };

	(void)sc;
	return dispatch_start(&g->hub, &c, &g->hub.dispatch);
}

static void stop_dispatch(struct engine *g)
{
	dispatch_stop(TAKE(g->hub.dispatch));
}

static enum err start_metrics(struct scope *sc, struct engine *g)
{
	if (str_empty(g->config.listen_metrics))
		return ERR_NONE;
	return metrics_start(
		sc, &g->hub, g->config.listen_metrics, g->serving->web, &g->serving->metrics);
}

static void stop_metrics(struct engine *g)
{
	metrics_stop(TAKE(g->serving->metrics));
}

static const struct part {
	const char *name;
	enum err (*start)(struct scope *sc, struct engine *g);
	void (*stop)(struct engine *g); /* harmless where it did not start; may be NULL */
} parts[] = {
	{ "hosts", start_hosts, NULL },
	{ "fleet", start_fleet, NULL },
	{ "render", start_render, stop_render },
	{ "sites", start_sites, stop_sites },
	{ "bus", start_bus, stop_bus },
	{ "followers", start_follow, stop_follow },
	{ "jobs", start_jobs, stop_jobs },
	{ "dispatch", start_dispatch, stop_dispatch },
	{ "waker", start_waker, stop_waker },
	{ "agents' listener", start_agents, stop_agents },
	{ "listener", start_web, stop_web },
	{ "metrics", start_metrics, stop_metrics },
};

/* ---- the main thread ---- */

static void wanted_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
}

void serve_prepare(struct engine *g)
{
	sigset_t set;

	wanted_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	g->committed = note_commit;
}

static void reload(struct scope *sc, struct engine *g)
{
	sd_notify(0, "RELOADING=1");
	if (web_reload(g->serving->web) || web_reload(g->serving->agents))
		log_failure(sc, "reload");
	sd_notify(0, "READY=1");
}

/* False when somebody else has it: nobody may make ids here any more. While the database is away
   nothing is written, so no id is used either. */
static bool keep_number(struct engine *g, int64_t *kept, bool *away)
{
	struct scope sc;
	enum err e;

	if (clock_mono() - *kept < KEEP_MS)
		return true;
	scope_open(&sc, &g->hub.world, "main");
	e = process_keep(&sc, g->hub.name, g->number);
	if (!e)
		*kept = clock_mono();
	if (e && !*away)
		log_failure(&sc, "process number");
	else if (!e && *away)
		log_info(&sc, "the database takes writes again");
	*away = e != ERR_NONE;
	scope_close(&sc);
	return e != ERR_CONFLICT;
}

/* A hub that runs for months renews its own certificates; the one towards the broker is read at
   the next connection. */
static void keep_certificates(struct engine *g, int64_t *looked)
{
	struct scope sc;
	int made = 0;

	if (clock_mono() - *looked < DAY_MS)
		return;
	*looked = clock_mono();
	scope_open(&sc, &g->hub.world, "main");
	scope_system(&sc);
	if (authority_write(&sc, &made))
		log_failure(&sc, "certificates");
	if (made)
		reload(&sc, g);
	scope_close(&sc);
}

static enum err wait_for_end(struct scope *sc, struct engine *g)
{
	const struct timespec tick = { TICK_MS / 1000, 0 };
	int64_t kept = clock_mono(), looked = kept;
	bool away = false;
	sigset_t set;

	wanted_signals(&set);
	do {
		int got = sigtimedwait(&set, NULL, &tick);

		if (got == SIGTERM || got == SIGINT)
			return ERR_NONE;
		if (got == SIGHUP)
			reload(sc, g);
		keep_certificates(g, &looked);
		sd_notify(0, "WATCHDOG=1");
	} while (keep_number(g, &kept, &away));
	return fail(sc, ERR_CONFLICT, "the number of this process is lost");
}

static enum err start_parts(struct scope *sc, struct engine *g)
{
	for (size_t i = 0; i < COUNT(parts); i++) {
		enum err e = parts[i].start(sc, g);

		if (e)
			return fail(sc, e, "%s: %s", parts[i].name, sc->why ? sc->why : "failed");
	}
	return ERR_NONE;
}

static void stop_parts(struct engine *g)
{
	for (size_t i = COUNT(parts); i-- > 0;)
		if (parts[i].stop)
			parts[i].stop(g);
}

enum err serve(struct scope *sc, struct command_line *line)
{
	struct engine *g = engine_of(sc);
	struct serving s = { 0 };
	enum err e;

	(void)line;
	pthread_mutex_init(&s.lock, NULL);
	pthread_cond_init(&s.woken, NULL);
	scope_system(sc);
	g->serving = &s;
	e = start_parts(sc, g);
	if (!e) {
		log_info(sc, "penguin-hub %s is ready", VERSION);
		sd_notify(0, "READY=1");
		e = wait_for_end(sc, g);
	}
	sd_notify(0, "STOPPING=1");
	log_info(sc, "stopping");
	stop_parts(g);
	g->serving = NULL;
	return e;
}
