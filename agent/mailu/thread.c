/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/mailu_priv.h"

#include <malloc.h>

#include "base/log.h"

#define FIRST_WAIT_MS (5 * SECOND_MS)
#define LONG_WAIT_MS  (5 * MINUTE_MS)
/* MailU locks out who presents five wrong tokens within an hour. */
#define LOCKED_MS (20 * MINUTE_MS)

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
		mailu_set_wish(&m->good, w->version, w->body);
	m->outcome[which] = *told;
	pthread_mutex_unlock(&m->lock);
	mailu_wake_loop(m);
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
		mailu_wake_loop(m);
}

enum task { TASK_END, TASK_SETTLE, TASK_WATCH };

static enum task due_now(const struct mailu *m)
{
	int64_t now = clock_mono();

	if (m->stop)
		return TASK_END;
	return m->due || (m->settle_at && now >= m->settle_at) ? TASK_SETTLE : TASK_WATCH;
}

static bool must_wait(const struct mailu *m)
{
	int64_t now = clock_mono();

	return !m->stop && !m->due && (!m->settle_at || now < m->settle_at) &&
	       (!m->watch_at || now < m->watch_at);
}

/* Returns what to do, with copies of what that needs. */
static enum task next_task(struct mailu *m, struct wish want[WISHES], struct wish *good)
{
	enum task task;

	pthread_mutex_lock(&m->lock);
	while (must_wait(m)) {
		int64_t at = !m->settle_at || (m->watch_at && m->watch_at < m->settle_at)
				     ? m->watch_at
				     : m->settle_at;
		struct timespec until = { at / SECOND_MS, at % SECOND_MS * 1000000 };

		if (at)
			pthread_cond_timedwait(&m->news, &m->lock, &until);
		else
			pthread_cond_wait(&m->news, &m->lock);
	}
	task = due_now(m);
	if (task == TASK_SETTLE)
		m->due = false;
	for (int i = 0; i < WISHES; i++)
		mailu_set_wish(&want[i], m->want[i].version, m->want[i].body);
	mailu_set_wish(good, m->good.version, m->good.body);
	pthread_mutex_unlock(&m->lock);
	return task;
}

/* What runs now, where anything does. */
static const char *in_force(
	const struct mailu *m, const struct wish want[WISHES], const struct wish *good)
{
	return m->told[MAILU].result.state == PART_APPLIED ? want[MAILU].body : good->body;
}

static void keep_domain(struct scope *sc, struct mailu *m, const char *body)
{
	struct part_mailu part;

	m->domain[0] = 0;
	if (body && wire_get_mailu(sc, bytes_of(body, strlen(body)), &part) == ERR_NONE &&
		!part.off)
		snprintf(m->domain, sizeof m->domain, "%s", part.domain);
	scope_clear(sc);
}

/* Nothing is handed over while services are made anew. */
static void hold_while(struct mailu *m, const char *why)
{
	pthread_mutex_lock(&m->lock);
	mailu_hold(m, why);
	pthread_mutex_unlock(&m->lock);
	mailu_wake_loop(m);
}

/* Brought up where it is not yet what is wanted. Whether anything is left to be tried again. */
static bool bring_up(
	struct scope *sc, struct mailu *m, const struct wish want[WISHES], const struct wish *good)
{
	const struct wish *w = &want[MAILU];
	struct work_result r;

	if (m->brought[MAILU] == w->version && m->brought[ACCOUNTS] == want[ACCOUNTS].version)
		return false;
	hold_while(m, "MailU is being brought up");
	work_apply(sc, m->work, w->body, want[ACCOUNTS].body, good->body, &r);
	if (m->stop)
		return false;
	m->runs = r.state == PART_APPLIED || (good->body && !r.again);
	if (!m->runs)
		hold_while(m, r.reason);
	if (!r.again)
		for (int i = 0; i < WISHES; i++)
			m->brought[i] = want[i].version;
	tell(m, MAILU, w, &r);
	keep_domain(sc, m, in_force(m, want, good));
	return r.again;
}

static bool settle(struct scope *sc, struct mailu *m, const struct wish want[WISHES],
	const struct wish *good, bool *locked_out)
{
	const char *body = in_force(m, want, good);
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
	m->settle_at = clock_mono() + (locked_out     ? LOCKED_MS
					      : again ? m->retry_ms
						      : m->check_s * SECOND_MS);
	m->watch_at = m->runs && m->domain[0] ? clock_mono() : 0;
}

/* A run reads long lists, and what it gave back stays this process' own unless libc is told. */
static void give_memory_back(void)
{
	malloc_trim(0);
}

static bool keep_sight(struct mailu *m, const struct watch_result *r)
{
	const char *held = r->held ? r->held : "", *degraded = r->degraded ? r->degraded : "";
	bool changed;

	pthread_mutex_lock(&m->lock);
	changed = r->changed || r->mended || !str_eq(m->seen.held, held) ||
		  !str_eq(m->seen.degraded, degraded);
	mailu_hold(m, held);
	snprintf(m->seen.degraded, sizeof m->seen.degraded, "%s", degraded);
	snprintf(m->seen.postfix, sizeof m->seen.postfix, "%s", r->postfix ? r->postfix : "");
	if (r->mended)
		snprintf(m->seen.mended, sizeof m->seen.mended, "%s", r->mended);
	arena_reset(m->seen.mem);
	m->seen.count = mailu_copy_checks(m->seen.mem, r->checks, r->count, m->seen.checks);
	/* Something was asked for meanwhile: that has the last word. */
	if (m->due)
		mailu_hold(m, "MailU is not up yet");
	pthread_mutex_unlock(&m->lock);
	return changed;
}

static void watch_once(struct scope *sc, struct mailu *m)
{
	struct watch_result r;

	watch_round(sc, m->watch, m->domain, &r);
	if (keep_sight(m, &r))
		mailu_wake_loop(m);
	if (r.refused && clock_mono() + REFUSED_MS < m->settle_at)
		m->settle_at = clock_mono() + REFUSED_MS;
	m->watch_at = clock_mono() + m->watch_s * SECOND_MS;
}

static struct watch *open_watch(struct mailu *m)
{
	return watch_new(&(struct watch_config){ .stack = work_stack(m->work),
		.tokens = m->tokens,
		.disk_min_mib = m->disk_min_mib,
		.clock = m->clock });
}

void *mailu_thread(void *arg)
{
	struct mailu *m = arg;
	enum task task;

	m->work = work_new(&m->site, m->state_dir, &m->stop);
	m->watch = open_watch(m);
	do {
		struct wish want[WISHES] = { 0 }, good = { 0 };
		struct scope sc;

		task = next_task(m, want, &good);
		scope_open(&sc, m->world, "mailu");
		if (task == TASK_SETTLE)
			work_once(&sc, m, want, &good);
		else if (task == TASK_WATCH)
			watch_once(&sc, m);
		scope_close(&sc);
		for (int i = 0; i < WISHES; i++)
			free(want[i].body);
		free(good.body);
		if (task == TASK_SETTLE)
			give_memory_back();
	} while (task != TASK_END);
	watch_free(m->watch);
	work_free(m->work);
	return NULL;
}
