/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "turn.h"

#include <errno.h>
#include <systemd/sd-event.h>

#include "agent.h"
#include "base/log.h"
#include "config.h"
#include "health.h"
#include "hold.h"
#include "inject.h"
#include "lanes.h"
#include "link.h"
#include "maillog.h"
#include "mailu/mailu.h"
#include "outbox.h"
#include "outcome.h"
#include "pacing.h"
#include "recover.h"
#include "restore.h"
#include "spool.h"

#define LOG_BUSY_MS INT64_C(50)   /* between looks at the log while mails are out */
#define LOG_IDLE_MS INT64_C(1000) /* … and while none are */
#define LOST_MS     (20 * SECOND_MS)

struct turns {
	struct agent *agent;      /* borrowed */
	sd_event_source *next;    /* owned; the timer of the next turn */
	sd_event_source *results; /* owned; the injector's descriptor */
	struct injection *held;   /* owned; results whose write failed */
	int64_t looked, lost;     /* monotonic ms */
	/* The log was read to its end once: before, it may still tell of mails that seem to wait.
	 */
	bool caught_up;
};

struct turn {
	struct injection *results; /* borrowed from turns.held */
	struct maillog_read log;
	struct recover_look *look;
	struct recover_lost *lost;
	struct spool_item *late;
	size_t late_count;
	struct hold_look *hold;
	struct pacing_pick pick;
	struct injection **jobs; /* arena; of pick.go */
	bool *intended;          /* arena; of pick.go: it really waited */
};

/* ---- reading: nothing changes yet ---- */

/* Of the Postfix that mails are handed to. What was on its way into the one before counts as gone
   with lines of its log. */
static enum err right_log(struct scope *sc, struct agent *a)
{
	bool mailu = mailu_rules(a->mailu);

	if (a->maillog && maillog_is_mailu(a->maillog) == mailu)
		return ERR_NONE;
	maillog_close(TAKE(a->maillog));
	return maillog_open(sc, a->config, mailu, &a->maillog);
}

static enum err read_log(struct scope *sc, struct turns *ts, struct turn *t)
{
	struct agent *a = ts->agent;
	enum err e = right_log(sc, a);

	if (!e)
		e = maillog_read(sc, a->maillog, &t->log);
	health_set(a->health, WORRY_LOG, e ? sc->why : NULL);
	if (e)
		log_failure(sc, "reading the log of Postfix");
	scope_clear(sc);
	/* Without the log the rest goes on: what has come back is written down. */
	if (e)
		t->log = (struct maillog_read){ 0 };
	if (t->log.broken)
		log_warn(sc, "lines of the log of Postfix were lost");
	return ERR_NONE;
}

static bool is_time(int64_t *last, int64_t every)
{
	int64_t now = clock_mono();

	if (*last && now - *last < every)
		return false;
	*last = now;
	return true;
}

static struct injection *make_job(
	struct scope *sc, struct agent *a, const struct spool_item *item, const char *mail)
{
	struct injection *i =
		injection_new(item->id, item->not_after, item->sender, item->recipient, mail);
	const char *user = NULL, *password = NULL;

	if (!mailu_rules(a->mailu))
		return i;
	if (mailu_login(sc, a->mailu, item->sender, &user, &password))
		log_failure(sc, "signing on at MailU");
	scope_clear(sc);
	injection_sign_on(i, user, password);
	return i;
}

static enum err gather(struct scope *sc, struct turns *ts, struct turn *t)
{
	struct agent *a = ts->agent;
	size_t width = injector_width(a->injector), busy = injector_busy(a->injector);
	bool may = ts->caught_up && restore_phase(a->restore) == RESTORE_NONE;
	enum err e = ERR_NONE;

	if (is_time(&ts->looked, SECOND_MS))
		e = recover_look(sc, &t->look);
	if (!e && is_time(&ts->lost, LOST_MS)) {
		enum err q = recover_look_lost(sc, &t->lost);

		health_set(a->health, WORRY_QUEUE, q ? sc->why : NULL);
		scope_clear(sc);
	}
	if (!e)
		e = read_log(sc, ts, t);
	if (!e && may)
		e = spool_late(sc, &t->late, &t->late_count);
	if (!e)
		e = pacing_pick(sc, a->pacing,
			!may || a->draining || busy >= width ? 0 : width - busy, &t->pick);
	if (!e)
		e = hold_look(sc, a->hold, &t->hold);
	t->jobs = arena_array(sc->mem, t->pick.go_count, sizeof *t->jobs);
	t->intended = arena_array(sc->mem, t->pick.go_count, sizeof *t->intended);
	for (size_t i = 0; i < t->pick.go_count && !e; i++) {
		const struct spool_item *item = &t->pick.go[i];
		const char *mail;

		e = spool_mail(sc, item->id, &mail);
		if (!e)
			t->jobs[i] = make_job(sc, a, item, mail);
	}
	return e;
}

static bool is_empty(const struct agent *a, const struct turn *t)
{
	return !lanes_changed(a->lanes) && !t->hold && !t->results && !t->log.count &&
	       !t->log.cursor && !t->log.broken && !t->look && !t->lost && !t->late_count &&
	       !t->pick.go_count && !t->pick.back_count;
}

/* ---- writing: one transaction ---- */

static enum err apply_log(struct scope *sc, const struct turn *t)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; i < t->log.count && !e; i++)
		e = outcome_logged(sc, &t->log.lines[i]);
	if (!e)
		e = maillog_store(sc, &t->log);
	if (!e)
		e = restore_judge(sc, t->log.at_end);
	if (!e)
		e = recover_settle(sc, t->look, t->log.at_end);
	return e ? e : recover_settle_lost(sc, t->lost, t->log.at_end);
}

/* What came back in this very turn may have stopped a lane that had been asked before. */
static void drop_stopped(struct scope *sc, struct turn *t)
{
	struct lanes *lanes = agent_of(sc)->lanes;
	size_t kept = 0;

	for (size_t i = 0; i < t->pick.go_count; i++) {
		if (lanes_stopped(lanes, &t->pick.go[i])) {
			lanes_give_back(lanes, &t->pick.go[i]);
			injection_free(t->jobs[i]);
			continue;
		}
		t->pick.go[kept] = t->pick.go[i];
		t->jobs[kept++] = t->jobs[i];
	}
	t->pick.go_count = kept;
}

static enum err apply_pick(struct scope *sc, struct turn *t)
{
	enum err e = ERR_NONE;

	drop_stopped(sc, t);

	for (size_t i = 0; i < t->late_count && !e; i++)
		e = outcome_unsent(sc, t->late[i].id, "expired");
	for (size_t i = 0; i < t->pick.back_count && !e; i++)
		e = outcome_unsent(sc, t->pick.back[i].id, t->pick.back_why[i]);
	for (size_t i = 0; i < t->pick.go_count && !e; i++)
		e = spool_intend(sc, t->pick.go[i].id, &t->intended[i]);
	if (!e)
		e = pacing_store(sc, agent_of(sc)->pacing, &t->pick);
	if (!e)
		e = hold_mark(sc, t->hold);
	return e ? e : lanes_store(sc, agent_of(sc)->lanes);
}

static enum err apply(struct scope *sc, void *arg)
{
	struct turn *t = arg;
	enum err e = ERR_NONE;

	for (const struct injection *i = t->results; i && !e; i = i->next)
		e = outcome_injected(sc, i);
	if (!e)
		e = apply_log(sc, t);
	return e ? e : apply_pick(sc, t);
}

/* ---- after the commit ---- */

/* How Postfix took the last mails speaks of its health. */
static void judge_postfix(struct agent *a, const struct injection *results)
{
	for (const struct injection *i = results; i; i = i->next) {
		if (i->late)
			continue;
		if (i->code == 535)
			mailu_refused(a->mailu);
		if (i->outcome == SMTP_DEFERRED)
			health_set(a->health, WORRY_POSTFIX, i->text);
		else if (i->outcome == SMTP_QUEUED)
			health_set(a->health, WORRY_POSTFIX, NULL);
	}
}

static void free_list(struct injection *list)
{
	while (list) {
		struct injection *next = list->next;

		injection_free(list);
		list = next;
	}
}

static void commit(struct scope *sc, struct turns *ts, struct turn *t)
{
	struct agent *a = ts->agent;

	if (a->maillog)
		maillog_keep(a->maillog);
	pacing_keep(a->pacing, &t->pick);
	lanes_keep(a->lanes);
	hold_run(sc, a->hold, t->hold);
	health_set(a->health, WORRY_HOLD, hold_why(a->hold));
	judge_postfix(a, t->results);
	free_list(TAKE(ts->held));
	for (size_t i = 0; i < t->pick.go_count; i++)
		if (t->intended[i])
			injector_submit(a->injector, TAKE(t->jobs[i]));
}

static enum err write_down(struct scope *sc, struct turns *ts, struct turn *t)
{
	struct agent *a = ts->agent;
	enum err e;

	if (is_empty(a, t) && restore_phase(a->restore) == RESTORE_NONE) {
		if (a->maillog)
			maillog_keep(a->maillog);
		return ERR_NONE;
	}
	e = outbox_write(sc, apply, t);
	health_set(a->health, WORRY_DATABASE, e ? sc->why : NULL);
	if (!e)
		commit(sc, ts, t);
	return e;
}

static int64_t next_turn(
	struct scope *sc, const struct turns *ts, const struct turn *t, bool failed)
{
	int64_t in = LOG_IDLE_MS, until = t->pick.wake - now_real(sc).ms;
	bool out = false;

	if (failed)
		return LOG_IDLE_MS;
	if (t->log.cursor && !t->log.at_end)
		return 0;
	if (hold_busy(ts->agent->hold) || (spool_is_out(sc, &out) == ERR_NONE && out))
		in = LOG_BUSY_MS;
	if (t->pick.wake != INT64_MAX && until < in)
		in = until > 1 ? until : 1;
	return in;
}

/* True when it has changed. */
static bool settle_health(struct scope *sc, struct agent *a)
{
	bool changed;

	if (health_settle(sc, a->health, &changed) != ERR_NONE)
		log_failure(sc, "writing down the health");
	scope_clear(sc);
	if (changed)
		log_info(sc, "health is %s: %s", health_name(health_state(a->health)),
			health_why(a->health) ? health_why(a->health) : "all is well");
	return changed;
}

/* What came back stands behind what could not be written down before. */
static void collect(struct turns *ts)
{
	struct injection **last = &ts->held;

	while (*last)
		last = &(*last)->next;
	*last = injector_results(ts->agent->injector);
}

/* Reads, writes, hands over. *WAITING is what the spool holds afterwards. */
static enum err work(struct scope *sc, struct turns *ts, struct turn *t, int64_t *waiting)
{
	enum err e;

	t->results = ts->held;
	e = gather(sc, ts, t);
	if (!e)
		e = write_down(sc, ts, t);
	if (!e)
		e = restore_end(sc, t->log.at_end);
	if (e)
		log_failure(sc, "writing down a turn");
	scope_clear(sc);
	if (e)
		lanes_take_back(sc, ts->agent->lanes);
	for (size_t i = 0; t->jobs && i < t->pick.go_count; i++)
		injection_free(t->jobs[i]);
	*waiting = t->pick.waiting - (int64_t)(e ? 0 : t->pick.go_count + t->pick.back_count);
	scope_clear(sc);
	return e;
}

static void run(struct scope *sc, struct turns *ts)
{
	struct agent *a = ts->agent;
	struct turn t = { .pick.wake = INT64_MAX };
	/* Before anything is chosen: a machine in doubt lets nothing go. */
	bool changed = settle_health(sc, a);
	int64_t waiting = 0, in = LOG_IDLE_MS;
	enum err e;

	collect(ts);
	/* A copy would give numbers to facts that the hub knows under other ones. */
	if (!health_has(a->health, WORRY_RESTORED) ||
		restore_phase(a->restore) == RESTORE_SORTING) {
		e = work(sc, ts, &t, &waiting);
		changed = settle_health(sc, a) || changed;
		link_facts(sc, a->link);
		in = next_turn(sc, ts, &t, e != ERR_NONE);
		if (!e && t.log.at_end && !ts->caught_up) {
			ts->caught_up = true;
			in = 0;
		}
	}
	link_report(sc, a->link, waiting, changed);
	sd_event_source_set_time_relative(ts->next, (uint64_t)in * 1000);
	sd_event_source_set_enabled(ts->next, SD_EVENT_ONESHOT);
	if (a->draining && injector_busy(a->injector) == 0 && !ts->held)
		sd_event_exit(a->loop, 0);
}

/* ---- the loop ---- */

static int on_turn(struct turns *ts)
{
	struct scope sc;

	scope_open(&sc, &ts->agent->world, "turn");
	run(&sc, ts);
	scope_close(&sc);
	return 0;
}

static int on_next(sd_event_source *s, uint64_t usec, void *arg)
{
	return on_turn(arg);
}

static int on_results(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	return on_turn(arg);
}

enum err turn_start(struct scope *sc, struct agent *a)
{
	struct turns *ts = calloc(1, sizeof *ts);
	int r;

	if (!ts)
		abort();
	ts->agent = a;
	a->turns = ts;
	r = sd_event_add_time_relative(a->loop, &ts->next, CLOCK_MONOTONIC, 0, 1000, on_next, ts);
	if (r >= 0)
		r = sd_event_add_io(
			a->loop, &ts->results, injector_fd(a->injector), EPOLLIN, on_results, ts);
	return r < 0 ? fail(sc, ERR_INTERNAL, "the loop takes no timer: %s", strerror(-r))
		     : ERR_NONE;
}

void turn_stop(struct agent *a)
{
	struct turns *ts = TAKE(a->turns);

	if (!ts)
		return;
	sd_event_source_disable_unref(ts->next);
	sd_event_source_disable_unref(ts->results);
	free_list(ts->held);
	free(ts);
}

void turn_soon(struct agent *a)
{
	if (!a->turns)
		return;
	sd_event_source_set_time_relative(a->turns->next, 0);
	sd_event_source_set_enabled(a->turns->next, SD_EVENT_ONESHOT);
}

void turn_drain(struct agent *a)
{
	a->draining = true;
	turn_soon(a);
}
