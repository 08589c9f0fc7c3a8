/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST         256
#define ANSWER_BYTES 65536

struct conn {
	int fd;
	size_t have;
	char *data; /* owned */
};

struct running {
	const struct load *l;
	int epoll;
	struct conn conns[MOST];
	int64_t answers;
	size_t request_len;
};

static enum err ask(struct scope *sc, struct running *r, struct conn *c)
{
	ssize_t n = write(c->fd, r->l->request, r->request_len);

	c->have = 0;
	return n == (ssize_t)r->request_len ? ERR_NONE
					    : fail(sc, ERR_UPSTREAM, "a request was not taken");
}

static enum err open_one(struct scope *sc, struct running *r, struct conn *c)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)r->l->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };

	c->data = malloc(ANSWER_BYTES + 1);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (!c->data)
		abort();
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&at, sizeof at) < 0 ||
		epoll_ctl(r->epoll, EPOLL_CTL_ADD, c->fd, &ev) < 0)
		return fail(sc, ERR_UPSTREAM, "port %d: %m", r->l->port);
	return ask(sc, r, c);
}

/* The length of the answer at the start of DATA; 0 while its head is not there. */
static size_t answer_len(const char *data)
{
	const char *end = strstr(data, "\r\n\r\n"), *at = strcasestr(data, "\r\nContent-Length:");

	if (!end || !at || at > end)
		return 0;
	return (size_t)(end + 4 - data) + strtoul(at + strlen("\r\nContent-Length:"), NULL, 10);
}

static enum err receive(struct scope *sc, struct running *r, struct conn *c)
{
	ssize_t n = recv(c->fd, c->data + c->have, ANSWER_BYTES - c->have, MSG_DONTWAIT);
	size_t len;

	if (n < 0 && errno == EAGAIN)
		return ERR_NONE;
	if (n <= 0)
		return fail(sc, ERR_UPSTREAM, "the server ended a connection");
	c->have += (size_t)n;
	c->data[c->have] = 0;
	len = answer_len(c->data);
	if (len == 0 || c->have < len)
		return ERR_NONE;
	if (strncmp(c->data, "HTTP/1.1 200", 12) != 0)
		return fail(sc, ERR_UPSTREAM, "the server answered %.300s", c->data);
	r->answers++;
	return ask(sc, r, c);
}

static enum err run(struct scope *sc, struct running *r)
{
	int64_t until = clock_mono() + r->l->ms;
	struct epoll_event list[MOST];
	enum err e = ERR_NONE;

	while (!e && clock_mono() < until) {
		int n = epoll_wait(r->epoll, list, MOST, 100);

		for (int i = 0; i < n && !e; i++)
			e = receive(sc, r, list[i].data.ptr);
	}
	return e;
}

enum err load_run(struct scope *sc, const struct load *l, double *rate)
{
	struct running *r = arena_alloc(sc->mem, sizeof *r);
	int64_t began;
	enum err e = ERR_NONE;

	r->l = l;
	r->request_len = strlen(l->request);
	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < l->connections && i < MOST && !e; i++)
		e = open_one(sc, r, &r->conns[i]);
	began = clock_mono();
	if (!e)
		e = run(sc, r);
	*rate = (double)r->answers * 1000 / (double)(clock_mono() - began + 1);
	for (int i = 0; i < l->connections && i < MOST; i++) {
		if (r->conns[i].fd > 0)
			close(r->conns[i].fd);
		free(r->conns[i].data);
	}
	close(r->epoll);
	return e;
}
