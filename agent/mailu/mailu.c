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

#define FIRST_WAIT_MS (5 * SECOND_MS)
#define LONG_WAIT_MS  (5 * MINUTE_MS)
/* MailU locks out who presents five wrong tokens within an hour. */
#define LOCKED_MS (20 * MINUTE_MS)

enum { MAILU, ACCOUNTS, WISHES };

static const char *const names[WISHES] = { "mailu", "accounts" };

struct wish {
	char *body; /* owned; NULL for none */
	int64_t version;
};

struct outcome {
	struct work_result result;
	int64_t version; /* 0: nothing to say */
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
	struct wish want[WISHES], good; /* under lock; good: the last MailU that worked */
	bool due;                       /* under lock: something is to be done now */
	struct outcome outcome[WISHES]; /* under lock */
	struct arena *record_mem;       /* owned; under lock */
	struct wire_record *records;    /* in record_mem */
	size_t record_count;

	/* The thread's own. */
	struct work *work;           /* owned */
	int64_t wait_ms, retry_ms;   /* until the next look; the back-off it grew from */
	int64_t brought[WISHES];     /* versions that were brought up, or decided */
	bool runs;                   /* the one that was wanted, or else the good one */
	struct outcome told[WISHES]; /* what was said last */
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
	m->record_mem = arena_new();
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
	for (int i = 0; i < WISHES; i++)
		free(m->want[i].body);
	free(m->good.body);
	arena_free(m->record_mem);
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

static void set_wish(struct wish *w, int64_t version, const char *body)
{
	char *copy = body ? strdup(body) : NULL;

	if (body && !copy)
		abort();
	free(w->body);
	*w = (struct wish){ copy, version };
}

void mailu_want(struct mailu *m, const char *name, int64_t version, const char *body, bool stands)
{
	int i = str_eq(name, names[MAILU]) ? MAILU : ACCOUNTS;

	pthread_mutex_lock(&m->lock);
	set_wish(&m->want[i], version, body);
	if (stands && i == MAILU)
		set_wish(&m->good, version, body);
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

/* ---- the thread ---- */

static void wake_loop(struct mailu *m)
{
	uint64_t one = 1;

	while (write(m->fd, &one, sizeof one) < 0 && errno == EINTR)
		continue;
}

/* Says what became of a part, unless that is what was said last. */
static void tell(struct mailu *m, int which, const struct wish *w, const struct work_result *r)
{
	struct outcome *told = &m->told[which];

	if (!w->version || (told->version == w->version && told->result.state == r->state &&
				   str_eq(told->result.reason, r->reason)))
		return;
	*told = (struct outcome){ *r, w->version };
	pthread_mutex_lock(&m->lock);
	if (which == MAILU && r->state == PART_APPLIED)
		set_wish(&m->good, w->version, w->body);
	m->outcome[which] = *told;
	pthread_mutex_unlock(&m->lock);
	wake_loop(m);
}

static void keep_records(struct mailu *m, const struct objects *o)
{
	pthread_mutex_lock(&m->lock);
	arena_reset(m->record_mem);
	m->records = arena_array(m->record_mem, o->record_count, sizeof *m->records);
	for (size_t i = 0; i < o->record_count; i++)
		m->records[i] = (struct wire_record){ arena_text(m->record_mem, o->records[i].name),
			arena_text(m->record_mem, o->records[i].type),
			arena_text(m->record_mem, o->records[i].value) };
	m->record_count = o->record_count;
	pthread_mutex_unlock(&m->lock);
	if (o->changes)
		wake_loop(m);
}

/* Returns with copies of what to do, or false when it is time to end. */
static bool next_task(struct mailu *m, struct wish want[WISHES], struct wish *good)
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
	m->due = false;
	for (int i = 0; i < WISHES; i++)
		set_wish(&want[i], m->want[i].version, m->want[i].body);
	set_wish(good, m->good.version, m->good.body);
	pthread_mutex_unlock(&m->lock);
	return !m->stop;
}

/* Brought up where it is not yet what is wanted. Whether anything is left to be tried again. */
static bool bring_up(
	struct scope *sc, struct mailu *m, const struct wish want[WISHES], const struct wish *good)
{
	const struct wish *w = &want[MAILU];
	struct work_result r;

	if (m->brought[MAILU] == w->version && m->brought[ACCOUNTS] == want[ACCOUNTS].version)
		return false;
	work_apply(sc, m->work, w->body, want[ACCOUNTS].body, good->body, &r);
	if (m->stop)
		return false;
	m->runs = r.state == PART_APPLIED || (good->body && !r.again);
	if (!r.again)
		for (int i = 0; i < WISHES; i++)
			m->brought[i] = want[i].version;
	tell(m, MAILU, w, &r);
	return r.again;
}

static bool settle(struct scope *sc, struct mailu *m, const struct wish want[WISHES],
	const struct wish *good, bool *locked_out)
{
	const char *body =
		m->told[MAILU].result.state == PART_APPLIED ? want[MAILU].body : good->body;
	struct work_result r = { .state = PART_ERROR, .again = true };
	struct objects objects;

	snprintf(r.reason, sizeof r.reason, "MailU does not run");
	if (m->runs && body) {
		work_settle(sc, m->work, body, want[ACCOUNTS].body, &objects, &r);
		if (r.state == PART_APPLIED)
			keep_records(m, &objects);
	}
	if (!m->stop)
		tell(m, ACCOUNTS, &want[ACCOUNTS], &r);
	*locked_out = r.locked_out;
	return r.again;
}

static void work_once(
	struct scope *sc, struct mailu *m, const struct wish want[WISHES], const struct wish *good)
{
	bool locked_out = false, again;

	if (!want[MAILU].body)
		return;
	again = bring_up(sc, m, want, good);
	if (!m->stop && settle(sc, m, want, good, &locked_out))
		again = true;
	m->retry_ms = !again ? 0 : !m->retry_ms ? FIRST_WAIT_MS : m->retry_ms * 2;
	if (m->retry_ms > LONG_WAIT_MS)
		m->retry_ms = LONG_WAIT_MS;
	m->wait_ms = locked_out ? LOCKED_MS
		     : again    ? m->retry_ms
				: m->agent->config->mailu_check_s * SECOND_MS;
}

static void *thread(void *arg)
{
	struct mailu *m = arg;
	bool on = true;

	m->work = work_new(&m->site, m->agent->config->state_dir, &m->stop);
	while (on) {
		struct wish want[WISHES] = { 0 }, good = { 0 };
		struct scope sc;

		on = next_task(m, want, &good);
		if (on) {
			scope_open(&sc, &m->agent->world, "mailu");
			work_once(&sc, m, want, &good);
			scope_close(&sc);
		}
		for (int i = 0; i < WISHES; i++)
			free(want[i].body);
		free(good.body);
	}
	work_free(m->work);
	return NULL;
}

/* ---- the loop ---- */

static int on_result(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct mailu *m = arg;
	struct outcome outcome[WISHES];
	struct scope sc;
	int64_t waiting = 0;
	uint64_t seen;

	if (read(fd, &seen, sizeof seen) < 0)
		return 0;
	pthread_mutex_lock(&m->lock);
	memcpy(outcome, m->outcome, sizeof outcome);
	memset(m->outcome, 0, sizeof m->outcome);
	pthread_mutex_unlock(&m->lock);
	scope_open(&sc, &m->agent->world, "mailu");
	for (int i = 0; i < WISHES; i++) {
		const struct work_result *r = &outcome[i].result;

		if (outcome[i].version && parts_done(&sc, m->agent->parts, names[i],
						  outcome[i].version, r->state, r->reason))
			log_failure(&sc, "keeping what became of a part");
		scope_clear(&sc);
	}
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
	if (pthread_create(&m->thread, NULL, thread, m) != 0)
		return fail(sc, ERR_AWAY, "no thread is left");
	m->running = true;
	return ERR_NONE;
}
