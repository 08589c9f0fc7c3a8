/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fetch.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "agent.h"
#include "net/http.h"

#define TIMEOUT_S 60

struct fetcher {
	struct agent *agent; /* borrowed */
	fetch_done *done;
	void *arg;           /* borrowed */
	sd_event_source *io; /* owned */
	int fd;              /* eventfd: the thread has ended */
	bool busy;
	pthread_t thread;   /* while busy */
	struct scope scope; /* the thread's while busy; open only then */
	struct wire_part part;
	struct http_request request;
};

static enum err get(struct scope *sc, struct fetcher *f, struct bytes *body)
{
	struct http *http = http_new();
	struct http_answer answer;
	enum err e = http_do(sc, http, &f->request, &answer);

	http_free(http);
	if (!e && answer.status != 200)
		e = fail(sc, ERR_UPSTREAM, "the hub answered %d for part %s", answer.status,
			f->part.name);
	if (!e && memchr(answer.body.data, 0, answer.body.len))
		e = fail(sc, ERR_INPUT, "part %s has a zero byte in it", f->part.name);
	if (!e)
		*body = answer.body;
	return e;
}

static void *run(void *arg)
{
	struct fetcher *f = arg;
	struct bytes body;
	uint64_t one = 1;

	if (get(&f->scope, f, &body) == ERR_NONE)
		f->part.body = arena_copy(f->scope.mem, body.data, body.len);
	while (write(f->fd, &one, sizeof one) < 0 && errno == EINTR)
		continue;
	return NULL;
}

static void finish(struct fetcher *f)
{
	pthread_join(f->thread, NULL);
	f->busy = false;
}

static int on_io(sd_event_source *s, int fd, uint32_t events, void *arg)
{
	struct fetcher *f = arg;
	uint64_t seen;

	if (read(fd, &seen, sizeof seen) < 0 || !f->busy)
		return 0;
	finish(f);
	f->done(&f->scope, f->arg, &f->part);
	scope_close(&f->scope);
	return 0;
}

enum err fetcher_start(struct scope *sc, fetch_done *done, void *arg, struct fetcher **out)
{
	struct fetcher *f = calloc(1, sizeof *f);

	if (!f)
		abort();
	f->agent = agent_of(sc);
	f->done = done;
	f->arg = arg;
	f->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (f->fd < 0 || sd_event_add_io(f->agent->loop, &f->io, f->fd, EPOLLIN, on_io, f) < 0) {
		fetcher_stop(f);
		return fail(sc, ERR_AWAY, "no descriptor is left");
	}
	*out = f;
	return ERR_NONE;
}

void fetcher_stop(struct fetcher *f)
{
	if (!f)
		return;
	if (f->busy) {
		finish(f);
		scope_close(&f->scope);
	}
	sd_event_source_disable_unref(f->io);
	if (f->fd >= 0)
		close(f->fd);
	free(f);
}

/* Only from the hub itself, whatever the message says. */
static bool is_ours(const struct fetcher *f, const char *url)
{
	const char *hub = f->agent->identity.link.hub_url;
	size_t n = strlen(hub);

	return strncmp(url, hub, n) == 0 && url[n] == '/';
}

enum err fetcher_get(struct scope *sc, struct fetcher *f, const struct wire_part *part)
{
	const struct identity *id = &f->agent->identity;

	if (f->busy)
		return fail(sc, ERR_LIMIT, "another part is being fetched");
	if (!is_ours(f, part->url))
		return fail(sc, ERR_INPUT, "part %s lies at a foreign address", part->name);
	scope_open(&f->scope, &f->agent->world, "fetch");
	f->part = (struct wire_part){ .name = arena_text(f->scope.mem, part->name),
		.version = part->version,
		.hash = arena_text(f->scope.mem, part->hash),
		.url = arena_text(f->scope.mem, part->url) };
	f->request = (struct http_request){ .method = "GET",
		.url = f->part.url,
		.max_answer = FETCH_MAX,
		.timeout_s = TIMEOUT_S,
		.ca_file = id->ca_file,
		.cert_file = id->cert_file,
		.key_file = id->key_file };
	if (pthread_create(&f->thread, NULL, run, f) != 0) {
		scope_close(&f->scope);
		return fail(sc, ERR_AWAY, "no thread is left");
	}
	f->busy = true;
	return ERR_NONE;
}
