/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "errand.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "agent.h"

struct errand {
	struct agent *agent; /* borrowed */
	const char *name;    /* static */
	sd_event_source *io; /* owned */
	int fd;              /* eventfd: the thread has ended */
	bool open, busy;     /* the scope; the thread */
	pthread_t thread;    /* while busy */
	struct scope scope;  /* the thread's while busy */
	errand_work *work;
	errand_done *done;
	void *arg; /* borrowed */
	enum err error;
};

static void *run(void *arg)
{
	struct errand *x = arg;
	uint64_t one = 1;

	x->error = x->work(&x->scope, x->arg);
	while (write(x->fd, &one, sizeof one) < 0 && errno == EINTR)
		continue;
	return NULL;
}

static void finish(struct errand *x)
{
	pthread_join(x->thread, NULL);
	x->busy = false;
}

static int on_io(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct errand *x = arg;
	uint64_t seen;

	if (read(fd, &seen, sizeof seen) < 0 || !x->busy)
		return 0;
	finish(x);
	x->done(&x->scope, x->arg, x->error);
	errand_drop(x);
	return 0;
}

enum err errand_open(struct scope *sc, const char *name, struct errand **out)
{
	struct errand *x = calloc(1, sizeof *x);

	if (!x)
		abort();
	x->agent = agent_of(sc);
	x->name = name;
	x->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (x->fd < 0 || sd_event_add_io(x->agent->loop, &x->io, x->fd, EPOLLIN, on_io, x) < 0) {
		errand_close(x);
		return fail(sc, ERR_AWAY, "no descriptor is left");
	}
	*out = x;
	return ERR_NONE;
}

void errand_close(struct errand *x)
{
	if (!x)
		return;
	if (x->busy)
		finish(x);
	errand_drop(x);
	sd_event_source_disable_unref(x->io);
	if (x->fd >= 0)
		close(x->fd);
	free(x);
}

bool errand_is_busy(const struct errand *x)
{
	return x->busy;
}

struct scope *errand_scope(struct errand *x)
{
	if (!x->open)
		scope_open(&x->scope, &x->agent->world, x->name);
	x->open = true;
	return &x->scope;
}

void errand_drop(struct errand *x)
{
	if (x->open)
		scope_close(&x->scope);
	x->open = false;
}

enum err errand_run(
	struct scope *sc, struct errand *x, errand_work *work, errand_done *done, void *arg)
{
	errand_scope(x);
	x->work = work;
	x->done = done;
	x->arg = arg;
	if (pthread_create(&x->thread, NULL, run, x) != 0)
		return fail(sc, ERR_AWAY, "no thread is left");
	x->busy = true;
	return ERR_NONE;
}
