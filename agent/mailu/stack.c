/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "mailu/stack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "crypt/x509.h"
#include "mailu/run.h"
#include "text/json.h"

#define MAX_FILE      (1024 * 1024)
#define UP_TIMEOUT_S  900 /* images may have to come over a slow line */
#define ASK_TIMEOUT_S 30
#define LOOK_MS       250
#define SERVICE_MAX   40
#define LOOPING       3 /* restarts by itself that are no accident any more */
#define CERT_DAYS     3650

/* ---- files ---- */

static const char *path_of(struct scope *sc, const struct mailu_site *site, const char *name)
{
	return arena_printf(sc->mem, "%s/%s", site->root, name);
}

static enum err make_folders(struct scope *sc, const struct mailu_site *site)
{
	static const struct {
		const char *name;
		mode_t mode;
	} folders[] = { { "", 0711 }, { "redis", 0755 }, { "certs", 0700 }, { "overrides", 0755 },
		{ "overrides/nginx", 0755 }, { "overrides/dovecot", 0755 },
		{ "overrides/postfix", 0755 }, { "overrides/rspamd", 0755 }, { "data", 0755 },
		{ "dkim", 0755 }, { "mail", 0755 }, { "mailqueue", 0755 }, { "filter", 0755 } };
	enum err e = ERR_NONE;

	for (size_t i = 0; i < COUNT(folders) && !e; i++)
		e = file_folder(sc, path_of(sc, site, folders[i].name), folders[i].mode);
	return e;
}

static enum err put_file(struct scope *sc, const char *path, const struct mailu_file *f)
{
	struct bytes have;
	enum err e;

	if (!f->text) {
		if (unlink(path) == 0 || errno == ENOENT)
			return ERR_NONE;
		return fail(sc, ERR_AWAY, "%s: %s", path, strerror(errno));
	}
	e = file_read(sc, path, MAX_FILE, &have);
	if (!e && have.len == strlen(f->text) && memcmp(have.data, f->text, have.len) == 0)
		return ERR_NONE;
	scope_clear(sc);
	return file_write(sc, path, f->mode, bytes_of(f->text, strlen(f->text)));
}

enum err stack_write(
	struct scope *sc, const struct mailu_site *site, const struct mailu_file *files, size_t n)
{
	enum err e = make_folders(sc, site);

	for (size_t i = 0; i < n && !e; i++)
		e = put_file(sc, path_of(sc, site, files[i].path), &files[i]);
	return e;
}

/* Front does not open 465 and 993 without a certificate; the first is our own. */
static enum err first_certificate(struct scope *sc, const struct mailu_spec *spec)
{
	const char *cert = path_of(sc, spec->site, "certs/cert.pem");
	const char *key = path_of(sc, spec->site, "certs/key.pem");
	const char *const names[] = { spec->part.host, NULL };
	int64_t now = now_real(sc).ms, until = now + CERT_DAYS * DAY_MS;
	struct x509_pair authority, pair;
	enum err e;

	if (!str_eq(spec->part.tls, "cert") || (access(cert, F_OK) == 0 && access(key, F_OK) == 0))
		return ERR_NONE;
	e = x509_authority(sc, spec->part.host, now - DAY_MS, until, &authority);
	if (!e)
		e = x509_server(sc, &authority, names, now - DAY_MS, until, &pair);
	if (!e)
		e = file_write(sc, key, 0600, bytes_of(pair.key, strlen(pair.key)));
	if (!e)
		e = file_write(sc, cert, 0644, bytes_of(pair.cert, strlen(pair.cert)));
	return e;
}

/* ---- Compose ---- */

static enum err run_tool(struct scope *sc, const struct stack *s, const char *const *argv,
	int timeout_s, const char **output)
{
	return run_program(sc,
		&(struct run){ .argv = argv,
			.folder = s->site->root,
			.docker = s->site->docker,
			.timeout_s = timeout_s,
			.stop = s->stop },
		output);
}

/* The plugin of the client where there is one, else the program of old. */
static enum err compose(struct scope *sc, const struct stack *s, const char *const *args)
{
	static const char *const ask[] = { "docker", "compose", "version", NULL };
	bool plugin = run_tool(sc, s, ask, ASK_TIMEOUT_S, NULL) == ERR_NONE;
	const char *argv[24];
	size_t n = 0;
	enum err e;

	scope_clear(sc);
	if (plugin)
		argv[n++] = "docker";
	argv[n++] = plugin ? "compose" : "docker-compose";
	argv[n++] = "--project-name";
	argv[n++] = s->site->project;
	argv[n++] = "--file";
	argv[n++] = MAILU_COMPOSE_FILE;
	while (*args && n < COUNT(argv) - 1)
		argv[n++] = *args++;
	argv[n] = NULL;
	e = run_tool(sc, s, argv, UP_TIMEOUT_S, NULL);
	if (e == ERR_MISSING)
		return fail(sc, ERR_AWAY, "neither docker compose nor docker-compose is installed");
	return e;
}

/* ---- what this machine can give ---- */

static bool is_ours(const char *interface)
{
	/* The engine's own bridges; whether two of its networks meet it finds out by itself. */
	return str_starts(interface, "br-") || str_starts(interface, "veth");
}

static enum err check_subnet(struct scope *sc, const struct mailu_spec *spec)
{
	struct mailu_net net;
	struct ifaddrs *list;
	const char *taken = NULL;
	enum err e = mailu_net_parse(sc, spec->part.subnet, &net);

	if (e || getifaddrs(&list) != 0)
		return e;
	for (struct ifaddrs *i = list; i; i = i->ifa_next) {
		uint32_t address, mask;

		if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET || is_ours(i->ifa_name))
			continue;
		address = ntohl(((struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr.s_addr);
		mask = ntohl(((struct sockaddr_in *)(void *)i->ifa_netmask)->sin_addr.s_addr);
		if ((address & mask) <= net.last && (address | ~mask) >= net.first)
			taken = arena_text(sc->mem, i->ifa_name);
	}
	freeifaddrs(list);
	return taken ? fail(sc, ERR_CONFLICT, "the subnet %s is in use on %s", spec->part.subnet,
			       taken)
		     : ERR_NONE;
}

static enum err check_port(struct scope *sc, const char *address, int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, error;

	if (fd < 0 || inet_pton(AF_INET, address, &at.sin_addr) != 1)
		return fail(sc, ERR_AWAY, "no descriptor is left");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	error = bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 1) == 0 ? 0 : errno;
	close(fd);
	if (error)
		return fail(sc, ERR_CONFLICT, "port %d of %s cannot be opened: %s", port, address,
			strerror(error));
	return ERR_NONE;
}

/* One that runs has it open already. */
static bool has_port(const struct box *b, const char *address, int port)
{
	char text[80];

	snprintf(text, sizeof text, " %s:%d ", address, port);
	return b->state != BOX_ENDED && strstr(b->ports, text);
}

/* It is free, or one of BOXES has it. */
static enum err can_open(
	struct scope *sc, const struct box *boxes, size_t n, const char *address, int port)
{
	for (size_t i = 0; i < n; i++)
		if (has_port(&boxes[i], address, port))
			return ERR_NONE;
	return check_port(sc, address, port);
}

enum err stack_can(struct scope *sc, const struct stack *s, const struct mailu_spec *spec)
{
	const struct {
		const char *address;
		int port;
	} ports[] = { { spec->part.address, 25 }, { "127.0.0.1", s->site->smtp_port },
		{ "127.0.0.1", s->site->imap_port }, { "127.0.0.1", s->site->admin_port },
		{ "127.0.0.1", s->site->scan_port } };
	struct box *boxes;
	size_t n;
	enum err e = engine_boxes(sc, s->engine, s->site->project, &boxes, &n);

	if (!e)
		e = check_subnet(sc, spec);
	for (size_t i = 0; i < COUNT(ports) && !e; i++)
		e = can_open(sc, boxes, n, ports[i].address, ports[i].port);
	return e;
}

/* ---- waiting ---- */

static enum err sick(struct scope *sc, const struct stack *s, const struct box *b)
{
	const char *words = engine_last_words(sc, s->engine, b->id);

	return fail(sc, ERR_UPSTREAM, "%s is %s%s%s", b->service, box_state_name(b->state),
		*words ? ": " : "", words);
}

/* BUSY: the first that is not ready yet, or "". */
static enum err see(struct scope *sc, const struct stack *s, char busy[SERVICE_MAX])
{
	struct box *boxes;
	size_t n;
	enum err e = engine_boxes(sc, s->engine, s->site->project, &boxes, &n);

	busy[0] = 0;
	if (e)
		return e;
	if (n == 0)
		return fail(sc, ERR_UPSTREAM, "nothing of it runs");
	for (size_t i = 0; i < n; i++) {
		const struct box *b = &boxes[i];

		if (b->state == BOX_UNHEALTHY || b->state == BOX_ENDED || b->restarts >= LOOPING)
			return sick(sc, s, b);
		if (b->state != BOX_RUNS)
			snprintf(busy, SERVICE_MAX, "%s", b->service);
	}
	return ERR_NONE;
}

/* What one look reads is forgotten before the next: there are many, and a container's description
   is long. */
static enum err look(struct scope *parent, const struct stack *s, char busy[SERVICE_MAX])
{
	struct scope sc;
	enum err e;

	scope_open(&sc, parent->world, "mailu");
	e = see(&sc, s, busy);
	if (e)
		fail(parent, e, "%s", sc.why);
	scope_close(&sc);
	return e;
}

enum err stack_wait(struct scope *sc, const struct stack *s)
{
	int64_t end = clock_mono() + s->site->patience_s * SECOND_MS;
	char busy[SERVICE_MAX];
	enum err e;

	for (;;) {
		e = look(sc, s, busy);
		if (e || !busy[0])
			return e;
		if (clock_mono() >= end)
			return fail(sc, ERR_UPSTREAM, "%s is not ready after %d s", busy,
				s->site->patience_s);
		if (*s->stop)
			return fail(sc, ERR_AWAY, "the agent stops");
		usleep(LOOK_MS * 1000);
	}
}

/* ---- Postfix took what it was told ---- */

static const char *box_of(struct scope *sc, const struct stack *s, const char *service)
{
	struct box *boxes;
	size_t n = 0;

	if (engine_boxes(sc, s->engine, s->site->project, &boxes, &n))
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (str_eq(boxes[i].service, service))
			return boxes[i].id;
	return NULL;
}

/* The value of "NAME = value" in what postconf printed, NULL where it has no such line. */
static const char *value_in(struct scope *sc, const char *said, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = said; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, len) == 0 && strncmp(line + len, " =", 2) == 0)
			return str_trim(sc->mem,
				arena_copy(sc->mem, line + len + 2, strcspn(line + len + 2, "\n")));
	}
	return NULL;
}

/* Postfix complains of a parameter that nothing uses or whose value makes no sense. */
static const char *complaint_in(struct scope *sc, const char *said)
{
	const char *at = strstr(said, "warning: ");

	if (!at)
		at = strstr(said, "fatal: ");
	return at ? arena_copy(sc->mem, at, strcspn(at, "\n")) : NULL;
}

static enum err check_postfix(
	struct scope *sc, const struct stack *s, const struct mailu_spec *spec)
{
	const char *id = box_of(sc, s, "smtp"), *said, *complaint;
	const char *const argv[] = { "docker", "exec", id, "postconf", "-n", NULL };
	struct part_setting *list;
	size_t n = mailu_postfix_wants(sc, spec, &list);
	enum err e;

	scope_clear(sc);
	if (!id)
		return fail(sc, ERR_UPSTREAM, "smtp is gone");
	e = run_tool(sc, s, argv, ASK_TIMEOUT_S, &said);
	if (e)
		return e;
	complaint = complaint_in(sc, said);
	if (complaint)
		return fail(sc, ERR_UPSTREAM, "Postfix: %s", complaint);
	for (size_t i = 0; i < n; i++) {
		const char *value = value_in(sc, said, list[i].name);

		if (!str_eq(value ? value : "", list[i].value))
			return fail(sc, ERR_UPSTREAM, "Postfix did not take %s = %s", list[i].name,
				list[i].value);
	}
	return ERR_NONE;
}

/* ---- images ---- */

static enum err have_image(struct scope *sc, const struct stack *s, const char *image)
{
	const char *const ask[] = { "docker", "image", "inspect", image, NULL };
	const char *const fetch[] = { "docker", "pull", "--quiet", image, NULL };
	enum err e = run_tool(sc, s, ask, ASK_TIMEOUT_S, NULL);

	if (!e)
		return ERR_NONE;
	scope_clear(sc);
	return run_tool(sc, s, fetch, UP_TIMEOUT_S, NULL);
}

enum err stack_have(struct scope *sc, const struct stack *s, const struct mailu_spec *spec)
{
	const struct json *compose = NULL, *services;
	struct mailu_file *files;
	size_t n = mailu_files(sc, spec, &files);
	enum err e = ERR_NONE;

	for (size_t i = 0; i < n && !e; i++)
		if (str_eq(files[i].path, MAILU_COMPOSE_FILE))
			e = json_parse(sc, bytes_of(files[i].text, strlen(files[i].text)), MAX_FILE,
				&compose);
	services = json_get(compose, "services");
	for (const struct json *one = services ? services->first : NULL; one && !e; one = one->next)
		e = have_image(sc, s, json_text(one, "image"));
	return e;
}

/* ---- all of it ---- */

enum err stack_up(struct scope *sc, const struct stack *s, const struct mailu_spec *spec)
{
	static const char *const up[] = { "up", "--detach", "--remove-orphans", NULL };
	struct mailu_file *files;
	size_t n = mailu_files(sc, spec, &files);
	enum err e = stack_write(sc, s->site, files, n);

	if (!e)
		e = first_certificate(sc, spec);
	if (!e)
		e = compose(sc, s, up);
	if (!e)
		e = stack_wait(sc, s);
	return e ? e : check_postfix(sc, s, spec);
}

enum err stack_recreate(struct scope *sc, const struct stack *s, const char *service)
{
	const char *const args[] = { "up", "--detach", "--force-recreate", "--no-deps", service,
		NULL };

	return compose(sc, s, args);
}

enum err stack_down(struct scope *sc, const struct stack *s)
{
	static const char *const down[] = { "down", "--remove-orphans", NULL };

	/* Nothing ever ran. */
	if (access(path_of(sc, s->site, "compose.json"), F_OK) != 0)
		return ERR_NONE;
	return compose(sc, s, down);
}
