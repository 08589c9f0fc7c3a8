/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session.h"

#define BATCH 64

struct peer {
	struct peer *next; /* of all */
	struct session *session;
	int fd;
	bool reads; /* false once the peer has closed its side */
	bool dead;
};

struct sink {
	struct sink_config config; /* texts borrowed */
	struct rules *rules;
	struct record *record;
	struct peer *peers; /* owned */
	int listener, poll, wake;
	int port;
	atomic_bool stop, reload;
};

static enum err listen_on(struct scope *sc, struct sink *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)s->config.port) };
	socklen_t len = sizeof at;
	int yes = 1;

	if (inet_pton(AF_INET, s->config.host, &at.sin_addr) != 1)
		return fail(sc, ERR_INPUT, "%s is not an IPv4 address", s->config.host);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->listener < 0 || setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes))
		return fail(sc, ERR_AWAY, "cannot make a socket: %m");
	if (bind(s->listener, (struct sockaddr *)&at, sizeof at) < 0 ||
		listen(s->listener, 1024) < 0 ||
		getsockname(s->listener, (struct sockaddr *)&at, &len) < 0)
		return fail(
			sc, ERR_AWAY, "cannot listen on %s:%d: %m", s->config.host, s->config.port);
	s->port = ntohs(at.sin_port);
	return ERR_NONE;
}

static bool watch(struct sink *s, int fd, void *what)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = what };

	return epoll_ctl(s->poll, EPOLL_CTL_ADD, fd, &ev) == 0;
}

static enum err prepare(struct scope *sc, struct sink *s)
{
	enum err e = ERR_NONE;

	if (s->config.rules)
		e = rules_load(sc, s->rules, s->config.rules);
	if (!e)
		e = record_open(sc, s->config.record, s->config.mails, &s->record);
	if (!e)
		e = listen_on(sc, s);
	if (e)
		return e;
	s->poll = epoll_create1(EPOLL_CLOEXEC);
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->poll < 0 || s->wake < 0 || !watch(s, s->listener, &s->listener) ||
		!watch(s, s->wake, &s->wake))
		return fail(sc, ERR_AWAY, "cannot poll: %m");
	return ERR_NONE;
}

enum err sink_open(struct scope *sc, const struct sink_config *c, struct sink **out)
{
	struct sink *s = calloc(1, sizeof *s);
	enum err e;

	if (!s)
		abort();
	s->config = *c;
	s->listener = s->poll = s->wake = -1;
	s->rules = rules_new();
	e = prepare(sc, s);
	if (e) {
		sink_close(s);
		return e;
	}
	*out = s;
	return ERR_NONE;
}

static void free_peer(struct peer *p)
{
	close(p->fd);
	session_free(p->session);
	free(p);
}

void sink_close(struct sink *s)
{
	if (!s)
		return;
	while (s->peers) {
		struct peer *p = s->peers;

		s->peers = p->next;
		free_peer(p);
	}
	if (s->listener >= 0)
		close(s->listener);
	if (s->poll >= 0)
		close(s->poll);
	if (s->wake >= 0)
		close(s->wake);
	record_close(s->record);
	rules_free(s->rules);
	free(s);
}

int sink_port(const struct sink *s)
{
	return s->port;
}

static void wake(struct sink *s)
{
	uint64_t one = 1;

	if (write(s->wake, &one, sizeof one) < 0)
		return; /* it is awake already */
}

void sink_stop(struct sink *s)
{
	s->stop = true;
	wake(s);
}

void sink_reload(struct sink *s)
{
	s->reload = true;
	wake(s);
}

/* ---- peers ---- */

static void accept_all(struct sink *s)
{
	int fd, yes = 1;

	while ((fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct peer *p = calloc(1, sizeof *p);

		if (!p)
			abort();
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
		p->fd = fd;
		p->reads = true;
		p->session = session_new(s->rules, s->record);
		p->next = s->peers;
		s->peers = p;
		if (!watch(s, fd, p))
			p->dead = true;
	}
}

static void read_peer(struct peer *p)
{
	char buf[4096];
	ssize_t n;

	while (p->reads) {
		n = recv(p->fd, buf, sizeof buf, 0);
		if (n > 0) {
			session_feed(p->session, bytes_of(buf, (size_t)n));
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		p->reads = false;
	}
}

static void write_peer(struct sink *s, struct peer *p)
{
	struct bytes b = session_output(p->session);
	struct epoll_event ev = { .events = p->reads ? EPOLLIN : 0, .data.ptr = p };
	ssize_t n = 0;

	while (b.len > 0 && (n = send(p->fd, b.data, b.len, MSG_NOSIGNAL)) > 0) {
		session_sent(p->session, (size_t)n);
		b = session_output(p->session);
	}
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		p->dead = true;
	if (b.len == 0 && session_is_over(p->session))
		p->dead = true;
	if (!p->reads && b.len == 0)
		p->dead = true;
	if (b.len > 0)
		ev.events |= EPOLLOUT;
	epoll_ctl(s->poll, EPOLL_CTL_MOD, p->fd, &ev);
}

/* Works through every peer until all wait for input: one sync of the record answers all mails
   that ended in this round. */
static enum err step_all(struct scope *sc, struct sink *s, int64_t now)
{
	bool again = true;

	while (again) {
		bool sync = false;
		enum err e;

		again = false;
		for (struct peer *p = s->peers; p; p = p->next) {
			session_step(p->session, now);
			sync |= session_waits_for_sync(p->session);
		}
		e = record_sync(sc, s->record);
		if (e)
			return e;
		for (struct peer *p = s->peers; sync && p; p = p->next)
			session_synced(p->session);
		again = sync;
	}
	return ERR_NONE;
}

static void bury_dead(struct sink *s)
{
	for (struct peer **at = &s->peers; *at;) {
		struct peer *p = *at;

		if (p->dead) {
			*at = p->next;
			free_peer(p);
		} else {
			at = &p->next;
		}
	}
}

static int next_timeout(const struct sink *s, int64_t now)
{
	int64_t wait = -1;

	for (const struct peer *p = s->peers; p; p = p->next) {
		int64_t at = session_wakes_at(p->session);

		if (at > 0 && (wait < 0 || at - now < wait))
			wait = at > now ? at - now : 0;
	}
	return (int)wait;
}

static void handle(struct sink *s, const struct epoll_event *ev)
{
	uint64_t count;

	if (ev->data.ptr == &s->listener) {
		accept_all(s);
	} else if (ev->data.ptr == &s->wake) {
		if (read(s->wake, &count, sizeof count) < 0)
			return; /* somebody else's wake-up */
	} else {
		read_peer(ev->data.ptr);
	}
}

enum err sink_run(struct scope *sc, struct sink *s)
{
	struct epoll_event events[BATCH];

	while (!s->stop) {
		int n = epoll_wait(s->poll, events, BATCH, next_timeout(s, clock_mono()));
		enum err e;

		if (n < 0 && errno != EINTR)
			return fail(sc, ERR_AWAY, "cannot poll: %m");
		if (s->reload) {
			s->reload = false;
			e = rules_load(sc, s->rules, s->config.rules);
			if (e)
				return e;
		}
		for (int i = 0; i < n; i++)
			handle(s, &events[i]);
		e = step_all(sc, s, clock_mono());
		if (e)
			return e;
		for (struct peer *p = s->peers; p; p = p->next)
			write_peer(s, p);
		bury_dead(s);
	}
	return ERR_NONE;
}
