/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/test/ground.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "world/proc.h"

#define PATIENCE_S 90

static const struct part_mailu the_part = { .version = "2024.06.57",
	.host = "mail.acme.example",
	.domain = "acme.example",
	.postmaster = "postmaster",
	.subnet = "192.168.203.0/24",
	.address = OUR_ADDRESS,
	.tls = "cert",
	.selector = "k1" };

static struct ground the_ground;

static void open_it(struct ground *g)
{
	snprintf(g->root, sizeof g->root, "/run/mailu");
	snprintf(g->folder, sizeof g->folder, "/run/mailu-agent");
	g->clock.rate = 1;
	g->world.clock = &g->clock;
	g->site = (struct mailu_site){ .root = g->root,
		.project = "mailu",
		.org = "ghcr.io/mailu",
		.prefix = "",
		.redis = "redis:alpine",
		.docker = GROUND_DOCKER,
		.admin_port = 8880,
		.smtp_port = 465,
		.imap_port = 993,
		.scan_port = 11334,
		.patience_s = PATIENCE_S };
	g->engine = engine_new(g->site.docker);
	g->stack = (struct stack){ &g->site, g->engine, &g->stop };
	g->work = work_new(&g->site, g->folder, &g->stop);
}

struct ground *ground_fresh(struct scope *sc)
{
	struct ground *g = &the_ground;

	if (!g->engine)
		open_it(g);
	if (access(arena_printf(sc->mem, "%s/" MAILU_COMPOSE_FILE, g->root), F_OK) == 0)
		OK(stack_down(sc, &g->stack));
	ground_run(sc, arena_printf(sc->mem, "rm -rf %s %s", g->root, g->folder));
	g->part = the_part;
	OK(file_folder(sc, g->folder, 0700));
	g->accounts = (struct part_accounts){ 0 };
	free(g->good);
	g->good = NULL;
	return g;
}

struct ground *ground_of(struct scope *sc)
{
	(void)sc;
	return &the_ground;
}

struct ground *ground_up(struct scope *sc)
{
	struct ground *g = &the_ground;

	if (g->good)
		return g;
	g = ground_fresh(sc);
	NEED(ground_apply(sc, g, false).state == PART_APPLIED);
	return g;
}

static const char *accounts_of(struct scope *sc, struct ground *g)
{
	struct bytes body = wire_put_accounts(sc, &g->accounts);

	OK(accounts_check(sc, &g->accounts));
	return arena_copy(sc->mem, body.data, body.len);
}

struct work_result ground_apply(struct scope *sc, struct ground *g, bool keep)
{
	struct bytes body = wire_put_mailu(sc, &g->part);
	const char *text = arena_copy(sc->mem, body.data, body.len);
	struct work_result r;
	struct scope real;

	scope_open(&real, &g->world, "mailu");
	work_apply(&real, g->work, text, accounts_of(sc, g), keep ? g->good : NULL, &r);
	scope_close(&real);
	if (r.state != PART_APPLIED) {
		fprintf(stderr, "%s: %s\n", part_state_name(r.state), r.reason);
		return r;
	}
	free(g->good);
	g->good = strdup(text);
	return r;
}

struct work_result ground_settle(struct scope *sc, struct ground *g, struct objects *objects)
{
	struct objects own;
	struct work_result r;

	work_settle(sc, g->work, g->good, accounts_of(sc, g), objects ? objects : &own, &r);
	if (r.state != PART_APPLIED)
		fprintf(stderr, "%s: %s\n", part_state_name(r.state), r.reason);
	return r;
}

enum err ground_api(struct scope *sc, struct ground *g, const char *method, const char *path,
	const char *body, const struct json **json)
{
	struct mailu_secrets secrets;
	struct http *http = http_new();
	enum err e =
		mailu_secrets(sc, arena_printf(sc->mem, "%s/mailu.secrets", g->folder), &secrets);

	if (!e)
		e = api_call(sc, &(struct api){ http, g->site.admin_port, secrets.api_token },
			method, path, body, json);
	http_free(http);
	return e;
}

struct box ground_box(struct scope *sc, struct ground *g, const char *service)
{
	struct box *list;
	size_t n = 0;

	OK(engine_boxes(sc, g->engine, g->site.project, &list, &n));
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].service, service))
			return list[i];
	fprintf(stderr, "%s does not run\n", service);
	NEED(false);
	abort();
}

void ground_await_restart(struct scope *sc, struct ground *g, const char *service, int64_t before)
{
	int64_t end = clock_mono() + PATIENCE_S * SECOND_MS;

	while (ground_box(sc, g, service).restarts <= before) {
		NEED(clock_mono() < end);
		sleep_ms(100);
	}
}

const char *ground_run(struct scope *sc, const char *command)
{
	const char *const argv[] = { "sh", "-c", command, NULL }, *output = "";

	OK(proc_run(sc, &(struct proc_spec){ .name = "command", .argv = argv }, 60000, &output));
	return output;
}

const char *ground_exec(
	struct scope *sc, struct ground *g, const char *service, const char *command)
{
	return ground_run(sc, arena_printf(sc->mem, "docker -H unix://%s exec %s sh -c '%s'",
				      GROUND_DOCKER, ground_box(sc, g, service).id, command));
}

static struct sockaddr_in at(const char *address, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	inet_pton(AF_INET, address, &a.sin_addr);
	return a;
}

bool ground_answers(const char *address, int port)
{
	struct sockaddr_in a = at(address, port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = connect(fd, (struct sockaddr *)&a, sizeof a) == 0;

	close(fd);
	return yes;
}

int ground_listen(const char *address, int port)
{
	struct sockaddr_in a = at(address, port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	NEED(bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 1) == 0);
	return fd;
}

int ground_listen_unix(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	unlink(path);
	NEED(bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 1) == 0);
	return fd;
}

pid_t ground_answer_html(int fd)
{
	static const char page[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
				   "Connection: close\r\n\r\n<html>Welcome to nginx!</html>\n";
	pid_t pid = fork();

	NEED(pid >= 0);
	while (pid == 0) {
		int guest = accept(fd, NULL, NULL);
		char asked[4096];

		if (guest < 0 || read(guest, asked, sizeof asked) < 0 ||
			write(guest, page, sizeof page - 1) < 0)
			_exit(1);
		close(guest);
	}
	return pid;
}

const char *ground_text(struct scope *sc, struct ground *g, const char *path)
{
	struct bytes data;

	OK(file_read(sc, arena_printf(sc->mem, "%s/%s", g->root, path), 1 << 20, &data));
	return data.data;
}
