/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "nsd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/out.h"
#include "kit.h"

#define PROGRAM "/usr/sbin/nsd"
#define TRIES   5

/* A port that is free for UDP and for TCP. */
static int free_port(void)
{
	for (int tries = 0; tries < 100; tries++) {
		struct sockaddr_in at = { .sin_family = AF_INET,
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		socklen_t len = sizeof at;
		int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		bool good = bind(udp, (struct sockaddr *)&at, sizeof at) == 0 &&
			    getsockname(udp, (struct sockaddr *)&at, &len) == 0 &&
			    bind(tcp, (struct sockaddr *)&at, sizeof at) == 0;

		close(udp);
		close(tcp);
		if (good)
			return ntohs(at.sin_port);
	}
	return 0;
}

static void write_zone(
	struct scope *sc, const char *dir, const struct nsd_zone *zone, struct out *conf)
{
	const char *path = arena_printf(sc->mem, "%s/%s.zone", dir, zone->name);
	const char *text = arena_printf(sc->mem,
		"$ORIGIN %s.\n$TTL 300\n@ SOA ns.%s. hostmaster.%s. 1 3600 600 86400 60\n"
		"@ NS ns.%s.\n%s\n",
		zone->name, zone->name, zone->name, zone->name, zone->text);

	OK(file_write(sc, path, 0600, bytes_of(text, strlen(text))));
	out_printf(conf, "zone:\n name: \"%s\"\n zonefile: \"%s\"\n", zone->name, path);
}

/* Reads what it says until it says that it answers. */
static bool wait_started(int fd)
{
	char line[4096];
	size_t len = 0;
	ssize_t got;

	while (len < sizeof line - 1 && (got = read(fd, line + len, sizeof line - 1 - len)) > 0) {
		len += (size_t)got;
		line[len] = 0;
		if (strstr(line, "nsd started"))
			return true;
	}
	return false;
}

void nsd_stop(struct nsd *n)
{
	if (n->pid > 0) {
		kill(n->pid, SIGTERM);
		waitpid(n->pid, NULL, 0);
		close(n->said);
	}
	n->pid = 0;
}

static void configure(struct scope *sc, const struct nsd_zone *zones, size_t count, int port,
	const char *dir, const char *path)
{
	struct out conf;

	out_init(&conf, sc->mem);
	out_printf(&conf,
		"server:\n ip-address: 127.0.0.1@%d\n username: \"\"\n zonesdir: \"%s\"\n"
		" database: \"\"\n pidfile: \"\"\n zonelistfile: \"%s/zone.list\"\n"
		" xfrdfile: \"%s/xfrd.state\"\n xfrdir: \"%s\"\n verbosity: 1\n"
		"remote-control:\n control-enable: no\n",
		port, dir, dir, dir, dir);
	for (size_t i = 0; i < count; i++)
		write_zone(sc, dir, &zones[i], &conf);
	OK(file_write(sc, path, 0600, bytes_of(conf.data, conf.len)));
}

/* False where the port was another's by then. */
static bool run(struct nsd *n, const char *path)
{
	int said[2];

	NEED(pipe2(said, O_CLOEXEC) == 0);
	n->pid = fork();
	NEED(n->pid >= 0);
	if (n->pid == 0) {
		/* A test that is killed stops nothing. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(said[1], STDERR_FILENO);
		execl(PROGRAM, PROGRAM, "-d", "-c", path, (char *)NULL);
		_exit(127);
	}
	close(said[1]);
	n->said = said[0];
	if (wait_started(n->said))
		return true;
	nsd_stop(n);
	return false;
}

void nsd_start(struct scope *sc, struct nsd *n, const struct nsd_zone *zones, size_t count)
{
	const char *dir = kit_folder(sc), *path = arena_printf(sc->mem, "%s/nsd.conf", dir);
	bool runs = false;

	for (int i = 0; i < TRIES && !runs; i++) {
		int port = free_port();

		NEED(port > 0);
		configure(sc, zones, count, port, dir, path);
		n->servers = arena_printf(sc->mem, "127.0.0.1:%d", port);
		runs = run(n, path);
	}
	NEED(runs);
}
