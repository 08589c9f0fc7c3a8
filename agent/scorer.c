/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "scorer.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "agent.h"
#include "base/log.h"
#include "config.h"
#include "link.h"
#include "mailu/score.h"

struct scorer {
	struct agent *agent; /* borrowed */
	sd_event_source *io; /* owned */
	int fd;              /* eventfd: the thread has ended */
	bool busy;
	pthread_t thread;   /* while busy */
	struct scope scope; /* the thread's while busy; open only then */
	int64_t id;         /* of the command */
	const char *args, *body;
	enum err error;
};

static void *run(void *arg)
{
	struct scorer *s = arg;
	struct http *http = http_new();
	uint64_t one = 1;

	s->error = score_ask(
		&s->scope, http, (int)s->agent->config->mailu_scan_port, s->args, &s->body);
	http_free(http);
	while (write(s->fd, &one, sizeof one) < 0 && errno == EINTR)
		continue;
	return NULL;
}

static void finish(struct scorer *s)
{
	pthread_join(s->thread, NULL);
	s->busy = false;
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	struct scorer *s = arg;
	struct wire_result result = { .state = "done" };
	uint64_t seen;

	if (read(fd, &seen, sizeof seen) < 0 || !s->busy)
		return 0;
	finish(s);
	result.id = s->id;
	result.body = s->body;
	if (s->error) {
		result.state = "failed";
		result.reason = s->scope.why;
		result.body = NULL;
	}
	link_answer(&s->scope, s->agent->link, &result);
	scope_close(&s->scope);
	return 0;
}

enum err scorer_start(struct scope *sc, struct scorer **out)
{
	struct scorer *s = calloc(1, sizeof *s);

	if (!s)
		abort();
	s->agent = agent_of(sc);
	s->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->fd < 0 || sd_event_add_io(s->agent->loop, &s->io, s->fd, EPOLLIN, on_io, s) < 0) {
		scorer_stop(s);
		return fail(sc, ERR_AWAY, "no descriptor is left");
	}
	*out = s;
	return ERR_NONE;
}

void scorer_stop(struct scorer *s)
{
	if (!s)
		return;
	if (s->busy) {
		finish(s);
		scope_close(&s->scope);
	}
	sd_event_source_disable_unref(s->io);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

void scorer_ask(struct scope *sc, struct scorer *s, const struct wire_command *m)
{
	if (s->busy)
		return;
	scope_open(&s->scope, &s->agent->world, "score");
	s->id = m->id;
	s->args = m->args ? arena_text(s->scope.mem, m->args) : NULL;
	s->body = NULL;
	if (pthread_create(&s->thread, NULL, run, s) != 0) {
		scope_close(&s->scope);
		log_failure(sc, "starting a thread to score a mail");
		return;
	}
	s->busy = true;
}
