/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "inbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/log.h"
#include "config.h"
#include "health.h"
#include "link.h"
#include "mailboxes.h"
#include "restore.h"

#define AGAIN_US    (1000 * UINT64_C(1000))
#define SHUT_OUT_MS (20 * MINUTE_MS) /* after a refused password: MailU locks out who insists */

/* A folder that was read, or could not be. */
struct place {
	char *address, *folder; /* owned */
	int64_t validity, uid;
	int64_t not_before; /* monotonic ms */
	bool failing;       /* and was said to */
};

struct inbox {
	struct agent *agent; /* borrowed */
	pthread_t thread;
	bool running;
	sd_event_source *io, *again; /* owned */
	int fd;                      /* eventfd: a batch waits */
	/* The thread's own. */
	struct place *places; /* owned */
	size_t count, room;
	/* Between the two. */
	pthread_mutex_t lock;
	pthread_cond_t news;
	atomic_bool stop;
	const struct inbound_batch *batch; /* the thread's; NULL once it is written down */
};

/* ---- places ---- */

static struct place *place_of(struct inbox *x, const char *address, const char *folder)
{
	struct place *p;

	for (size_t i = 0; i < x->count; i++)
		if (str_eq(x->places[i].address, address) && str_eq(x->places[i].folder, folder))
			return &x->places[i];
	if (x->count == x->room) {
		x->room = x->room * 2 + 16;
		x->places = realloc(x->places, x->room * sizeof *x->places);
	}
	if (!x->places)
		abort();
	p = &x->places[x->count++];
	*p = (struct place){ .address = strdup(address), .folder = strdup(folder) };
	if (!p->address || !p->folder)
		abort();
	return p;
}

static enum err read_marks(struct scope *sc, struct inbox *x)
{
	struct inbound_mark *list;
	size_t n = 0;
	enum err e = inbound_marks(sc, &list, &n);

	for (size_t i = 0; i < n; i++) {
		struct place *p = place_of(x, list[i].address, list[i].folder);

		p->validity = list[i].validity;
		p->uid = list[i].uid;
	}
	return e;
}

/* ---- the thread ---- */

/* Hands B to the loop; false when it is time to end. */
static bool hand_over(struct inbox *x, const struct inbound_batch *b)
{
	uint64_t one = 1;

	pthread_mutex_lock(&x->lock);
	x->batch = b;
	while (write(x->fd, &one, sizeof one) < 0 && errno == EINTR)
		continue;
	while (x->batch && !x->stop)
		pthread_cond_wait(&x->news, &x->lock);
	x->batch = NULL;
	pthread_mutex_unlock(&x->lock);
	return !x->stop;
}

/* Said when it begins and when it is over. */
static void say(struct scope *sc, struct place *p, enum err e)
{
	if (e == ERR_AUTH)
		p->not_before = clock_mono() + SHUT_OUT_MS;
	if (e && !p->failing)
		log_failure(sc, "reading a mailbox");
	else if (!e && p->failing)
		log_info(sc, "a mailbox can be read again");
	p->failing = e != ERR_NONE;
	scope_clear(sc);
}

/* Batch after batch until nothing is left. */
static enum err read_folder(struct scope *sc, struct inbox *x, struct imap *imap, struct place *p)
{
	const struct inbound_mark mark = { p->address, p->folder, p->validity, p->uid };
	struct inbound_batch b = { 0 };
	enum err e = mailboxes_look(sc, imap, &mark, &b);

	/* Not every mailbox has every folder. */
	if (e == ERR_MISSING) {
		scope_clear(sc);
		return ERR_NONE;
	}
	if (e || (b.uid == p->uid && b.validity == p->validity))
		return e;
	if (!hand_over(x, &b))
		return ERR_NONE;
	p->uid = b.uid;
	p->validity = b.validity;
	return b.count == MAILBOXES_BATCH ? read_folder(sc, x, imap, p) : ERR_NONE;
}

static enum err read_folders(
	struct scope *sc, struct inbox *x, const struct mailbox_key *key, struct imap *imap)
{
	char *list = arena_text(sc->mem, x->agent->config->inbox_folders), *rest = NULL;
	enum err e = ERR_NONE;

	for (char *f = strtok_r(list, " ", &rest); f && !e && !x->stop;
		f = strtok_r(NULL, " ", &rest))
		e = read_folder(sc, x, imap, place_of(x, key->address, f));
	return e;
}

static void read_mailbox(struct scope *parent, struct inbox *x, const struct mailbox_key *key)
{
	struct place *whole = place_of(x, key->address, "");
	struct imap *imap = NULL;
	struct scope sc;
	enum err e;

	if (whole->not_before > clock_mono())
		return;
	scope_open(&sc, parent->world, "inbox");
	e = mailboxes_open(&sc, x->agent->config, key, &imap);
	if (!e)
		e = read_folders(&sc, x, key, imap);
	imap_close(imap);
	if (!x->stop)
		say(&sc, place_of(x, key->address, ""), e);
	scope_close(&sc);
}

static void read_round(struct scope *sc, struct inbox *x)
{
	struct mailbox_key *list;
	size_t n;

	if (mailboxes_list(sc, x->agent->config, &list, &n)) {
		say(sc, place_of(x, "", ""), sc->err);
		return;
	}
	for (size_t i = 0; i < n && !x->stop; i++)
		read_mailbox(sc, x, &list[i]);
}

/* False when it is time to end. */
static bool wait_round(struct inbox *x)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += x->agent->config->inbox_s;
	pthread_mutex_lock(&x->lock);
	while (!x->stop && pthread_cond_timedwait(&x->news, &x->lock, &until) != ETIMEDOUT)
		continue;
	pthread_mutex_unlock(&x->lock);
	return !x->stop;
}

static void *thread(void *arg)
{
	struct inbox *x = arg;

	do {
		struct scope sc;

		scope_open(&sc, &x->agent->world, "inbox");
		read_round(&sc, x);
		scope_close(&sc);
	} while (wait_round(x));
	return NULL;
}

/* ---- the loop ---- */

/* A copy would give numbers to facts that the hub knows under other ones. */
static bool may_write(const struct agent *a)
{
	return !health_has(a->health, WORRY_RESTORED) && restore_phase(a->restore) == RESTORE_NONE;
}

static void store(struct inbox *x)
{
	struct agent *a = x->agent;
	struct scope sc;
	bool done;

	pthread_mutex_lock(&x->lock);
	scope_open(&sc, &a->world, "inbox");
	done = !x->batch || (may_write(a) && inbound_store(&sc, x->batch) == ERR_NONE);
	if (!done && sc.err)
		log_failure(&sc, "writing down mail that came in");
	if (done && x->batch) {
		x->batch = NULL;
		pthread_cond_broadcast(&x->news);
	}
	pthread_mutex_unlock(&x->lock);
	scope_clear(&sc);
	if (done) {
		link_facts(&sc, a->link);
	} else {
		sd_event_source_set_time_relative(x->again, AGAIN_US);
		sd_event_source_set_enabled(x->again, SD_EVENT_ONESHOT);
	}
	scope_close(&sc);
}

static int on_batch(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	uint64_t seen;

	if (read(fd, &seen, sizeof seen) > 0)
		store(arg);
	return 0;
}

static int on_again(sd_event_source *s, uint64_t usec, void *arg)
{
	store(arg);
	return 0;
}

static struct inbox *inbox_new(struct agent *a)
{
	struct inbox *x = calloc(1, sizeof *x);
	pthread_condattr_t attr;

	if (!x)
		abort();
	x->agent = a;
	x->fd = -1;
	pthread_mutex_init(&x->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&x->news, &attr);
	pthread_condattr_destroy(&attr);
	return x;
}

enum err inbox_start(struct scope *sc, struct agent *a, struct inbox **out)
{
	struct inbox *x = inbox_new(a);
	enum err e;

	*out = x;
	e = read_marks(sc, x);
	if (e)
		return e;
	x->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (x->fd < 0 || sd_event_add_io(a->loop, &x->io, x->fd, EPOLLIN, on_batch, x) < 0 ||
		sd_event_add_time_relative(
			a->loop, &x->again, CLOCK_MONOTONIC, AGAIN_US, 0, on_again, x) < 0)
		return fail(sc, ERR_AWAY, "no descriptor is left");
	sd_event_source_set_enabled(x->again, SD_EVENT_OFF);
	if (pthread_create(&x->thread, NULL, thread, x) != 0)
		return fail(sc, ERR_AWAY, "no thread is left");
	x->running = true;
	return ERR_NONE;
}

void inbox_stop(struct inbox *x)
{
	if (!x)
		return;
	pthread_mutex_lock(&x->lock);
	x->stop = true;
	pthread_cond_broadcast(&x->news);
	pthread_mutex_unlock(&x->lock);
	if (x->running)
		pthread_join(x->thread, NULL);
	sd_event_source_disable_unref(x->io);
	sd_event_source_disable_unref(x->again);
	if (x->fd >= 0)
		close(x->fd);
	for (size_t i = 0; i < x->count; i++) {
		free(x->places[i].address);
		free(x->places[i].folder);
	}
	free(x->places);
	pthread_cond_destroy(&x->news);
	pthread_mutex_destroy(&x->lock);
	free(x);
}
