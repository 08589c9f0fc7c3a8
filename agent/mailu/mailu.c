/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/mailu.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "agent.h"
#include "base/log.h"
#include "config.h"
#include "link.h"
#include "mailu/work.h"
#include "parts.h"
#include "spool.h"

#define PART          "mailu"
#define FIRST_WAIT_MS (5 * SECOND_MS)
#define LONG_WAIT_MS  (5 * MINUTE_MS)

struct wish {
	char *body; /* owned; NULL for none */
	int64_t version;
};

struct mailu {
	struct agent *agent; /* borrowed */
	struct mailu_site site;
	sd_event_source *io; /* owned */
	int fd;              /* eventfd: results wait */
	pthread_t thread;
	bool running;
	atomic_bool stop;

	pthread_mutex_t lock;
	pthread_cond_t news;
	struct wish want, good;    /* under lock */
	bool due;                  /* under lock: something is to be done now */
	struct work_result result; /* under lock */
	int64_t result_version;    /* under lock; 0: none waits */

	int64_t wait_ms; /* the thread's: until it tries again */
};

struct mailu *mailu_new(struct agent *a)
{
	const struct agent_config *c = a->config;
	struct mailu *m = calloc(1, sizeof *m);
	pthread_condattr_t attr;

	if (!m)
		abort();
	m->agent = a;
	m->fd = -1;
	m->site = (struct mailu_site){ .root = c->mailu_root,
		.project = c->mailu_project,
		.org = c->mailu_org,
		.prefix = c->mailu_prefix,
		.redis = c->mailu_redis,
		.docker = c->docker_socket,
		.admin_port = (int)c->mailu_admin_port,
		.smtp_port = (int)c->mailu_smtp_port,
		.imap_port = (int)c->mailu_imap_port,
		.scan_port = (int)c->mailu_scan_port,
		.patience_s = (int)c->mailu_patience_s };
	pthread_mutex_init(&m->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&m->news, &attr);
	pthread_condattr_destroy(&attr);
	return m;
}

void mailu_free(struct mailu *m)
{
	if (!m)
		return;
	if (m->running) {
		m->stop = true;
		pthread_mutex_lock(&m->lock);
		pthread_cond_signal(&m->news);
		pthread_mutex_unlock(&m->lock);
		pthread_join(m->thread, NULL);
	}
	sd_event_source_disable_unref(m->io);
	if (m->fd >= 0)
		close(m->fd);
	pthread_cond_destroy(&m->news);
	pthread_mutex_destroy(&m->lock);
	free(m->want.body);
	free(m->good.body);
	free(m);
}

bool mailu_has(const char *name)
{
	return str_eq(name, PART);
}

enum err mailu_check_body(struct scope *sc, const char *name, struct bytes body)
{
	struct part_mailu part;
	enum err e = wire_get_mailu(sc, body, &part);

	return e ? e : mailu_check(sc, &part);
}

static void set_wish(struct wish *w, int64_t version, const char *body)
{
	char *copy = strdup(body);

	if (!copy)
		abort();
	free(w->body);
	*w = (struct wish){ copy, version };
}

void mailu_want(struct mailu *m, const char *name, int64_t version, const char *body, bool stands)
{
	pthread_mutex_lock(&m->lock);
	set_wish(&m->want, version, body);
	if (stands)
		set_wish(&m->good, version, body);
	m->due = true;
	pthread_cond_signal(&m->news);
	pthread_mutex_unlock(&m->lock);
}

/* ---- the thread ---- */

static void tell(struct mailu *m, const struct wish *done, const struct work_result *r)
{
	uint64_t one = 1;

	pthread_mutex_lock(&m->lock);
	if (r->state == PART_APPLIED)
		set_wish(&m->good, done->version, done->body);
	m->result = *r;
	m->result_version = done->version;
	pthread_mutex_unlock(&m->lock);
	while (write(m->fd, &one, sizeof one) < 0 && errno == EINTR)
		continue;
}

/* Returns with copies of what to do, or false when it is time to end. */
static bool next_task(struct mailu *m, struct wish *want, struct wish *good)
{
	struct timespec until;

	pthread_mutex_lock(&m->lock);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += m->wait_ms / SECOND_MS;
	while (!m->stop && !m->due) {
		int r = m->wait_ms ? pthread_cond_timedwait(&m->news, &m->lock, &until)
				   : pthread_cond_wait(&m->news, &m->lock);

		if (r == ETIMEDOUT)
			m->due = true;
	}
	if (!m->stop && m->due) {
		m->due = false;
		set_wish(want, m->want.version, m->want.body);
		if (m->good.body)
			set_wish(good, m->good.version, m->good.body);
	}
	pthread_mutex_unlock(&m->lock);
	return !m->stop;
}

static void *thread(void *arg)
{
	struct mailu *m = arg;
	const char *secrets;
	struct scope sc;
	struct work *work;

	scope_open(&sc, &m->agent->world, "mailu");
	secrets = arena_printf(sc.mem, "%s/mailu.secrets", m->agent->config->state_dir);
	work = work_new(&m->site, secrets, &m->stop);
	scope_close(&sc);
	for (;;) {
		struct wish want = { 0 }, good = { 0 };
		struct work_result r;

		if (!next_task(m, &want, &good))
			break;
		scope_open(&sc, &m->agent->world, "mailu");
		work_apply(
			&sc, work, want.body, good.version == want.version ? NULL : good.body, &r);
		scope_close(&sc);
		m->wait_ms = !r.again                        ? 0
			     : !m->wait_ms                   ? FIRST_WAIT_MS
			     : m->wait_ms * 2 < LONG_WAIT_MS ? m->wait_ms * 2
							     : LONG_WAIT_MS;
		if (!m->stop)
			tell(m, &want, &r);
		free(want.body);
		free(good.body);
	}
	work_free(work);
	return NULL;
}

/* ---- the loop ---- */

static int on_result(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct mailu *m = arg;
	struct work_result r;
	struct scope sc;
	int64_t version, waiting = 0;
	uint64_t seen;

	if (read(fd, &seen, sizeof seen) < 0)
		return 0;
	pthread_mutex_lock(&m->lock);
	r = m->result;
	version = m->result_version;
	m->result_version = 0;
	pthread_mutex_unlock(&m->lock);
	if (!version)
		return 0;
	scope_open(&sc, &m->agent->world, "mailu");
	if (parts_done(&sc, m->agent->parts, PART, version, r.state, r.reason) ||
		spool_count(&sc, ITEM_WAITING, &waiting))
		log_failure(&sc, "keeping what became of part " PART);
	else
		link_report(&sc, m->agent->link, waiting, true);
	scope_close(&sc);
	return 0;
}

enum err mailu_start(struct scope *sc, struct mailu *m)
{
	m->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->fd < 0 || sd_event_add_io(m->agent->loop, &m->io, m->fd, EPOLLIN, on_result, m) < 0)
		return fail(sc, ERR_AWAY, "no descriptor is left");
	if (pthread_create(&m->thread, NULL, thread, m) != 0)
		return fail(sc, ERR_AWAY, "no thread is left");
	m->running = true;
	return ERR_NONE;
}
