/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "net/dns.h"

#include <ares.h>
#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define TIMEOUT_MS 5000
#define TRY_MS     1500 /* one attempt at one server */
#define AT_ONCE    64   /* questions under way */

/* One question while it is under way. */
struct asked {
	const struct dns_query *query; /* borrowed */
	struct dns_answer *answer;     /* borrowed */
	struct arena *mem;             /* borrowed */
	size_t *open;                  /* borrowed; how many are under way */
};

const char *dns_reverse(struct arena *mem, const char *ip)
{
	unsigned char b[16];
	char text[80];
	size_t len = 0;

	if (inet_pton(AF_INET, ip, b) == 1)
		return arena_printf(mem, "%d.%d.%d.%d.in-addr.arpa", b[3], b[2], b[1], b[0]);
	if (inet_pton(AF_INET6, ip, b) != 1)
		return NULL;
	for (int i = 15; i >= 0; i--) {
		static const char digits[] = "0123456789abcdef";

		text[len++] = digits[b[i] & 15];
		text[len++] = '.';
		text[len++] = digits[b[i] >> 4];
		text[len++] = '.';
	}
	text[len] = 0;
	return arena_printf(mem, "%sip6.arpa", text);
}

static void close_channel(ares_channel *c)
{
	if (*c)
		ares_destroy(*c);
}

static const char *why_none(struct arena *mem, int status)
{
	switch (status) {
	case ARES_EBADNAME:
		return "this is not a name of the DNS";
	case ARES_ECANCELLED:
	case ARES_ETIMEOUT:
		return "no name server answered in time";
	case ARES_ECONNREFUSED:
		/* The library goes on to the next server after each of these and keeps none. */
		return "each name server refused, failed or cannot be reached";
	default:
		return arena_text(mem, ares_strerror(status));
	}
}

static void arrived(void *arg, int status, int timeouts, unsigned char *data, int len)
{
	struct asked *a = arg;

	--*a->open;
	if (data && len > 0)
		dns_parse(a->mem, a->query, bytes_of(data, (size_t)len), a->answer);
	else
		*a->answer =
			(struct dns_answer){ .state = DNS_FAILED, .why = why_none(a->mem, status) };
}

static enum err open_channel(struct scope *sc, const struct dns_options *o, ares_channel *c)
{
	/* Names are whole: no search list, no aliases from the environment. */
	struct ares_options options = { .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
						 ARES_FLAG_EDNS,
		.timeout = TRY_MS,
		.tries = 2,
		.ednspsz = 1232,
		.lookups = (char[]){ "b" } };
	int status = ares_init_options(c, &options,
		ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ |
			ARES_OPT_LOOKUPS);

	if (status != ARES_SUCCESS) {
		*c = NULL;
		return fail(sc, ERR_INTERNAL, "no resolver: %s", ares_strerror(status));
	}
	if (o->servers && ares_set_servers_ports_csv(*c, o->servers) != ARES_SUCCESS)
		return fail(sc, ERR_INPUT, "name servers must be addresses, as in 192.0.2.1:53");
	return ERR_NONE;
}

/* Waits for sockets until the channel wants to look again, at most until END. */
static void pump(ares_channel c, int64_t end)
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	struct pollfd fds[ARES_GETSOCK_MAXNUM];
	unsigned bits = (unsigned)ares_getsock(c, sockets, ARES_GETSOCK_MAXNUM);
	struct timeval tv, *next = ares_timeout(c, NULL, &tv);
	int64_t wait = end - clock_mono();
	int n = 0;

	/* The library's own macros shift a one into the sign. */
	for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
		short events = (bits >> i & 1 ? POLLIN : 0) |
			       (bits >> (i + ARES_GETSOCK_MAXNUM) & 1 ? POLLOUT : 0);

		if (events)
			fds[n++] = (struct pollfd){ .fd = sockets[i], .events = events };
	}
	if (next && next->tv_sec * 1000 + next->tv_usec / 1000 + 1 < wait)
		wait = next->tv_sec * 1000 + next->tv_usec / 1000 + 1;
	poll(fds, (nfds_t)n, wait > 0 ? (int)wait : 0);
	for (int i = 0; i < n; i++)
		ares_process_fd(c,
			fds[i].revents & (POLLIN | POLLERR | POLLHUP) ? fds[i].fd : ARES_SOCKET_BAD,
			fds[i].revents & POLLOUT ? fds[i].fd : ARES_SOCKET_BAD);
	ares_process_fd(c, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

enum err dns_look_up(struct scope *sc, const struct dns_options *o, const struct dns_query *q,
	size_t n, struct dns_answer **answers)
{
	int64_t end = clock_mono() + (o->timeout_ms ? o->timeout_ms : TIMEOUT_MS);
	struct dns_answer *out = arena_array(sc->mem, n, sizeof *out);
	struct asked *asked = arena_array(sc->mem, n, sizeof *asked);
	size_t open = 0, next = 0;
	CLEANUP(close_channel) ares_channel channel = NULL;
	enum err e = open_channel(sc, o, &channel);

	if (e)
		return e;
	while (next < n || open) {
		for (; next < n && open < AT_ONCE; next++) {
			asked[next] = (struct asked){ .query = &q[next],
				.answer = &out[next],
				.mem = sc->mem,
				.open = &open };
			open++;
			/* May call back before it returns. */
			ares_query(channel, q[next].name, 1, dns_type_code(q[next].type), arrived,
				&asked[next]);
		}
		if (clock_mono() >= end)
			ares_cancel(channel);
		else if (open)
			pump(channel, end);
	}
	*answers = out;
	return ERR_NONE;
}
