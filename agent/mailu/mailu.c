/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/mailu_priv.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "agent.h"
#include "base/log.h"
#include "config.h"
#include "health.h"
#include "link.h"
#include "outbox.h"
#include "parts.h"
#include "spool.h"
#include "turn.h"

#define AGAIN_US (1000 * UINT64_C(1000))

static const char *const names[WISHES] = { "mailu", "accounts" };

struct mailu *mailu_new(struct agent *a)
{
	const struct agent_config *c = a->config;
	struct mailu *m = calloc(1, sizeof *m);
	pthread_condattr_t attr;

	if (!m)
		abort();
	m->agent = a;
	m->world = &a->world;
	m->state_dir = c->state_dir;
	m->check_s = c->mailu_check_s;
	m->watch_s = c->mailu_watch_s;
	m->disk_min_mib = c->disk_min_mib;
	m->clock = c->clock_check;
	m->fd = -1;
	m->record_mem = arena_new();
	m->seen.mem = arena_new();
	if (asprintf(&m->tokens, "%s/mailu.tokens", c->state_dir) < 0)
		abort();
	m->logins = logins_new(m->tokens);
	m->site = (struct mailu_site){ .root = c->mailu_root,
		.project = c->mailu_project,
		.org = c->mailu_org,
		.prefix = c->mailu_prefix,
		.redis = c->mailu_redis,
		.docker = c->docker_socket,
		.unit = c->docker_unit,
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
	sd_event_source_disable_unref(m->again);
	if (m->fd >= 0)
		close(m->fd);
	pthread_cond_destroy(&m->news);
	pthread_mutex_destroy(&m->lock);
	for (int i = 0; i < WISHES; i++)
		free(m->want[i].body);
	free(m->good.body);
	arena_free(m->record_mem);
	arena_free(m->seen.mem);
	logins_free(m->logins);
	free(m->tokens);
	free(m);
}

/* ---- parts ---- */

bool mailu_has(const char *name)
{
	return str_eq(name, names[MAILU]) || str_eq(name, names[ACCOUNTS]);
}

enum err mailu_check_body(struct scope *sc, const char *name, struct bytes body)
{
	struct part_mailu part;
	struct part_accounts accounts;
	enum err e;

	if (str_eq(name, names[MAILU])) {
		e = wire_get_mailu(sc, body, &part);
		return e ? e : mailu_check(sc, &part);
	}
	e = wire_get_accounts(sc, body, &accounts);
	return e ? e : accounts_check(sc, &accounts);
}

void mailu_set_wish(struct wish *w, int64_t version, const char *body)
{
	char *copy = body ? strdup(body) : NULL;

	if (body && !copy)
		abort();
	free(w->body);
	*w = (struct wish){ copy, version };
}

void mailu_hold(struct mailu *m, const char *why)
{
	snprintf(m->seen.held, sizeof m->seen.held, "%s", why);
}

/* The hub wants none to run: mails are handed to the configured Postfix. */
static bool is_off(const struct mailu *m, const char *body)
{
	struct part_mailu part;
	struct scope sc;
	bool off;

	scope_open(&sc, m->world, "mailu");
	off = wire_get_mailu(&sc, bytes_of(body, strlen(body)), &part) == ERR_NONE && part.off;
	scope_close(&sc);
	return off;
}

void mailu_want(struct mailu *m, const char *name, int64_t version, const char *body, bool stands)
{
	int i = str_eq(name, names[MAILU]) ? MAILU : ACCOUNTS;
	bool off = i == MAILU && is_off(m, body);

	pthread_mutex_lock(&m->lock);
	if (i == MAILU)
		m->off = off;
	mailu_set_wish(&m->want[i], version, body);
	if (stands && i == MAILU)
		mailu_set_wish(&m->good, version, body);
	/* Until it has been brought up, or looked at. */
	if (i == MAILU)
		mailu_hold(m, "MailU is not up yet");
	m->due = true;
	pthread_cond_signal(&m->news);
	pthread_mutex_unlock(&m->lock);
}

size_t mailu_records(struct scope *sc, struct mailu *m, struct wire_record **list)
{
	size_t n;

	pthread_mutex_lock(&m->lock);
	n = m->record_count;
	*list = arena_array(sc->mem, n, sizeof **list);
	for (size_t i = 0; i < n; i++)
		(*list)[i] = (struct wire_record){ arena_text(sc->mem, m->records[i].name),
			arena_text(sc->mem, m->records[i].type),
			arena_text(sc->mem, m->records[i].value) };
	pthread_mutex_unlock(&m->lock);
	return n;
}

/* ---- what mail goes through ---- */

bool mailu_rules(struct mailu *m)
{
	bool wanted;

	pthread_mutex_lock(&m->lock);
	wanted = m->want[MAILU].body && !m->off;
	pthread_mutex_unlock(&m->lock);
	return wanted;
}

bool mailu_works(struct mailu *m)
{
	bool works;

	pthread_mutex_lock(&m->lock);
	works = m->want[MAILU].body && !m->off && !m->seen.held[0];
	pthread_mutex_unlock(&m->lock);
	return works;
}

const char *mailu_queue(struct scope *sc, struct mailu *m)
{
	return mailu_rules(m) ? arena_printf(sc->mem, "%s/mailqueue", m->site.root)
			      : m->agent->config->queue_dir;
}

enum err mailu_login(struct scope *sc, struct mailu *m, const char *sender, const char **user,
	const char **password)
{
	return login_find(sc, m->logins, sender, user, password);
}

void mailu_refused(struct mailu *m)
{
	int64_t now = clock_mono();

	if (m->refused_at && now - m->refused_at < REFUSED_MS)
		return;
	m->refused_at = now;
	pthread_mutex_lock(&m->lock);
	m->due = true;
	pthread_cond_signal(&m->news);
	pthread_mutex_unlock(&m->lock);
}

static const char *text_of(struct scope *sc, const char *text)
{
	return text[0] ? arena_text(sc->mem, text) : NULL;
}

const char *mailu_postfix(struct scope *sc, struct mailu *m)
{
	const char *id;

	pthread_mutex_lock(&m->lock);
	id = text_of(sc, m->seen.postfix);
	pthread_mutex_unlock(&m->lock);
	return id;
}

const char *mailu_engine(const struct mailu *m)
{
	return m->site.docker;
}

struct mailu_health mailu_health(struct scope *sc, struct mailu *m)
{
	struct mailu_health h = { 0 };

	pthread_mutex_lock(&m->lock);
	if (m->want[MAILU].body && !m->off)
		h = (struct mailu_health){ text_of(sc, m->seen.held),
			text_of(sc, m->seen.degraded) };
	pthread_mutex_unlock(&m->lock);
	return h;
}

size_t mailu_copy_checks(
	struct arena *mem, const struct wire_check *from, size_t n, struct wire_check *to)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (struct wire_check){ arena_text(mem, from[i].name), from[i].state,
			arena_text(mem, from[i].reason), from[i].since };
	return n;
}

size_t mailu_checks(struct scope *sc, struct mailu *m, struct wire_check **list)
{
	size_t n;

	*list = arena_array(sc->mem, WATCH_MAX, sizeof **list);
	pthread_mutex_lock(&m->lock);
	n = m->off ? 0 : mailu_copy_checks(sc->mem, m->seen.checks, m->seen.count, *list);
	pthread_mutex_unlock(&m->lock);
	return n;
}

void mailu_report(struct scope *sc, struct mailu *m, struct wire_reported *r)
{
	r->record_count = mailu_records(sc, m, &r->records);
	r->check_count = mailu_checks(sc, m, &r->checks);
}

/* ---- the loop ---- */

void mailu_wake_loop(struct mailu *m)
{
	uint64_t one = 1;

	while (write(m->fd, &one, sizeof one) < 0 && errno == EINTR)
		continue;
}

static enum err add_fact(struct scope *sc, void *arg)
{
	return outbox_add(sc, &(struct wire_fact){ .kind = FACT_HEALTH, .text = arg });
}

/* What was done about a trouble is an event of its own. */
static void tell_mended(struct scope *sc, struct mailu *m, char *mended)
{
	if (!mended[0] || health_has(m->agent->health, WORRY_RESTORED))
		return;
	if (outbox_write(sc, add_fact, mended))
		log_failure(sc, "keeping what was mended");
	scope_clear(sc);
	link_facts(sc, m->agent->link);
}

static int on_again(sd_event_source *s, uint64_t usec, void *arg)
{
	mailu_wake_loop(arg);
	return 0;
}

/* The disk is full: what is not kept yet is kept later, unless there is newer by then. */
static void put_off(struct mailu *m, int which, const struct outcome *o)
{
	pthread_mutex_lock(&m->lock);
	if (!m->outcome[which].version)
		m->outcome[which] = *o;
	pthread_mutex_unlock(&m->lock);
	m->again = sd_event_source_disable_unref(m->again);
	(void)sd_event_add_time_relative(
		m->agent->loop, &m->again, CLOCK_MONOTONIC, AGAIN_US, 0, on_again, m);
}

static void keep_outcome(struct scope *sc, struct mailu *m, int which, const struct outcome *o)
{
	if (o->version && parts_done(sc, m->agent->parts, names[which], o->version, o->result.state,
				  o->result.reason)) {
		log_failure(sc, "keeping what became of a part");
		put_off(m, which, o);
	}
	scope_clear(sc);
}

static int on_result(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct mailu *m = arg;
	struct outcome outcome[WISHES];
	char mended[sizeof m->seen.mended];
	struct scope sc;
	int64_t waiting = 0;
	uint64_t seen;

	if (read(fd, &seen, sizeof seen) < 0)
		return 0;
	pthread_mutex_lock(&m->lock);
	memcpy(outcome, m->outcome, sizeof outcome);
	memset(m->outcome, 0, sizeof m->outcome);
	memcpy(mended, m->seen.mended, sizeof mended);
	m->seen.mended[0] = 0;
	pthread_mutex_unlock(&m->lock);
	scope_open(&sc, &m->agent->world, "mailu");
	for (int i = 0; i < WISHES; i++)
		keep_outcome(&sc, m, i, &outcome[i]);
	tell_mended(&sc, m, mended);
	health_look(&sc, m->agent->health);
	turn_soon(m->agent);
	if (spool_count(&sc, ITEM_WAITING, &waiting))
		log_failure(&sc, "counting the spool");
	link_report(&sc, m->agent->link, waiting, true);
	scope_close(&sc);
	return 0;
}

enum err mailu_start(struct scope *sc, struct mailu *m)
{
	m->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->fd < 0 || sd_event_add_io(m->agent->loop, &m->io, m->fd, EPOLLIN, on_result, m) < 0)
		return fail(sc, ERR_AWAY, "no descriptor is left");
	if (pthread_create(&m->thread, NULL, mailu_thread, m) != 0)
		return fail(sc, ERR_AWAY, "no thread is left");
	m->running = true;
	return ERR_NONE;
}
