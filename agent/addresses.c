/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "addresses.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/out.h"
#include "base/str.h"
#include "net/ip.h"

#define MOST 16

struct found {
	const char *list[MOST]; /* arena */
	size_t count;
};

static void add(struct scope *sc, struct found *f, const char *text)
{
	const char *ip = ip_parse(sc->mem, text);

	if (!ip || !ip_is_public(ip) || f->count == MOST)
		return;
	for (size_t i = 0; i < f->count; i++)
		if (str_eq(f->list[i], ip))
			return;
	f->list[f->count++] = ip;
}

static void add_said(struct scope *sc, struct found *f, const char *said)
{
	while (*said) {
		size_t n = strcspn(said, " ");

		add(sc, f, arena_printf(sc->mem, "%.*s", (int)n, said));
		said += n + (said[n] == ' ');
	}
}

/* The one that mail to the world leaves from, as the kernel would choose it: nothing is sent.
   Behind a translation it is a private one, and names nobody. */
static void add_own(struct scope *sc, struct found *f)
{
	struct sockaddr_in world = { .sin_family = AF_INET, .sin_port = htons(25) }, own = { 0 };
	socklen_t len = sizeof own;
	char text[INET_ADDRSTRLEN];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	if (inet_pton(AF_INET, "198.51.100.1", &world.sin_addr) == 1 &&
		connect(fd, (const struct sockaddr *)&world, sizeof world) == 0 &&
		getsockname(fd, (struct sockaddr *)&own, &len) == 0 &&
		inet_ntop(AF_INET, &own.sin_addr, text, sizeof text))
		add(sc, f, text);
	close(fd);
}

const char *addresses_of(struct scope *sc, const char *said)
{
	struct found f = { .count = 0 };
	struct out o;

	if (!str_empty(said))
		add_said(sc, &f, said);
	else
		add_own(sc, &f);
	out_init(&o, sc->mem);
	for (size_t i = 0; i < f.count; i++)
		out_printf(&o, "%s%s", i ? " " : "", f.list[i]);
	return f.count ? o.data : NULL;
}
