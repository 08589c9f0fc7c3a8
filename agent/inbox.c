/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The loop's side of the inbox: what the thread has read is written down here. */
#include "inbox.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/log.h"
#include "health.h"
#include "inbox_priv.h"
#include "link.h"
#include "restore.h"

#define AGAIN_US (1000 * UINT64_C(1000))

static void poke(int fd)
{
	uint64_t one = 1;

	while (fd >= 0 && write(fd, &one, sizeof one) < 0 && errno == EINTR)
		continue;
}

bool inbox_hand_over(struct inbox *x, const struct inbound_batch *b)
{
	pthread_mutex_lock(&x->lock);
	x->batch = b;
	poke(x->fd);
	while (x->batch && !x->stop)
		pthread_cond_wait(&x->news, &x->lock);
	x->batch = NULL;
	pthread_mutex_unlock(&x->lock);
	return !x->stop;
}

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

	if (!x)
		abort();
	x->agent = a;
	x->fd = x->wake = -1;
	x->watches = calloc((size_t)a->config->inbox_idle + 1, sizeof *x->watches);
	if (!x->watches)
		abort();
	pthread_mutex_init(&x->lock, NULL);
	pthread_cond_init(&x->news, NULL);
	return x;
}

enum err inbox_start(struct scope *sc, struct agent *a, struct inbox **out)
{
	struct inbox *x = inbox_new(a);
	enum err e;

	*out = x;
	e = inbox_marks(sc, x);
	if (e)
		return e;
	x->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	x->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (x->fd < 0 || x->wake < 0 ||
		sd_event_add_io(a->loop, &x->io, x->fd, EPOLLIN, on_batch, x) < 0 ||
		sd_event_add_time_relative(
			a->loop, &x->again, CLOCK_MONOTONIC, AGAIN_US, 0, on_again, x) < 0)
		return fail(sc, ERR_AWAY, "no descriptor is left");
	sd_event_source_set_enabled(x->again, SD_EVENT_OFF);
	if (pthread_create(&x->thread, NULL, inbox_thread, x) != 0)
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
	poke(x->wake);
	if (x->running)
		pthread_join(x->thread, NULL);
	sd_event_source_disable_unref(x->io);
	sd_event_source_disable_unref(x->again);
	if (x->fd >= 0)
		close(x->fd);
	if (x->wake >= 0)
		close(x->wake);
	inbox_forget(x);
	free(x->watches);
	pthread_cond_destroy(&x->news);
	pthread_mutex_destroy(&x->lock);
	free(x);
}
