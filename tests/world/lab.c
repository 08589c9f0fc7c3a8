/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "lab.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#define STOP_MS    10000
#define TAIL_BYTES 4000

const char *lab_path(struct lab *l, const char *name)
{
	return arena_printf(l->mem, "%s/%s", l->folder, name);
}

static const char *own_folder(struct lab *l)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	char *slash;

	if (n <= 0)
		return ".";
	path[n] = 0;
	slash = strrchr(path, '/');
	*slash = 0;
	return arena_text(l->mem, path);
}

/* Others than the owner must be able to pass through: PostgreSQL and Postfix run as their own. */
static enum err make_folder(struct scope *sc, struct lab *l)
{
	char path[] = "/tmp/penguin-lab.XXXXXX";

	if (!mkdtemp(path) || chmod(path, 0755) < 0)
		return fail(sc, ERR_AWAY, "cannot make a folder: %m");
	l->folder = arena_text(l->mem, path);
	if (mkdir(lab_path(l, "mails"), 0755) < 0 || mkdir(lab_path(l, "log"), 0755) < 0 ||
		mkdir(lab_path(l, "hub"), 0700) < 0 || mkdir(lab_path(l, "agent"), 0700) < 0 ||
		mkdir(lab_path(l, "broker"), 0755) < 0)
		return fail(sc, ERR_AWAY, "cannot make a folder: %m");
	return ERR_NONE;
}

static enum err take_ports(struct scope *sc, struct lab *l)
{
	int *const ports[] = { &l->http_port, &l->agents_port, &l->broker_port,
		&l->broker_agent_port, &l->smtp_port, &l->sink_port, &l->pg_port };
	enum err e = ERR_NONE;

	for (size_t i = 0; i < COUNT(ports) && !e; i++)
		e = port_free(sc, ports[i]);
	if (l->config.port)
		l->http_port = l->config.port;
	if (l->config.sink_host)
		l->sink_port = 25;
	return e;
}

static enum err prepare(struct scope *sc, struct lab *l)
{
	enum err e = make_folder(sc, l);

	if (!e)
		e = janitor_start(sc, l->folder, l->config.keep, &l->janitor);
	if (!e)
		e = take_ports(sc, l);
	if (e)
		return e;
	l->bin = l->config.bin ? arena_text(l->mem, l->config.bin) : own_folder(l);
	l->database = "penguin";
	l->hub_config = lab_path(l, "hub.conf");
	l->agent_config = lab_path(l, "agent.conf");
	l->record = lab_path(l, "sink.record");
	l->rules = lab_path(l, "sink.rules");
	l->mails = lab_path(l, "mails");
	l->mail_log = lab_path(l, "postfix/log/mail.log");
	l->app_url = arena_printf(l->mem, "http://127.0.0.1:%d", l->http_port);
	return lab_write(sc, l->rules, l->config.rules ? l->config.rules : "");
}

enum err lab_open(struct scope *sc, const struct lab_config *c, struct lab **out)
{
	struct arena *mem = arena_new();
	struct lab *l = arena_alloc(mem, sizeof *l);
	enum err e;

	*l = (struct lab){ .config = *c, .mem = mem, .postfix_in = -1, .postfix_out = -1 };
	if (l->config.rate == 0)
		l->config.rate = 1;
	e = prepare(sc, l);
	if (e) {
		lab_close(l);
		return e;
	}
	*out = l;
	return ERR_NONE;
}

void lab_stop_part(struct lab *l, struct proc *p)
{
	proc_stop(l->janitor, p, STOP_MS);
}

void lab_kill_part(struct lab *l, struct proc *p)
{
	proc_kill(l->janitor, p);
}

void lab_close(struct lab *l)
{
	if (!l)
		return;
	lab_stop_part(l, &l->agent);
	lab_stop_part(l, &l->hub);
	lab_stop_part(l, &l->broker);
	if (l->postfix_in >= 0) {
		close(l->postfix_in);
		close(l->postfix_out);
		/* Its keeper stops it when its input ends; as another user it hears no signal. */
		for (int waited = 0; proc_is_alive(&l->postfix) && waited < 500; waited++)
			sleep_ms(10);
	}
	lab_stop_part(l, &l->sink);
	lab_stop_part(l, &l->postgres);
	janitor_stop(l->janitor);
	arena_free(l->mem);
}

static const char *read_log(struct scope *sc, struct lab *l, const char *part)
{
	const char *path = arena_printf(sc->mem, "%s/log/%s.log", l->folder, part);
	struct bytes data;

	if (lab_read(sc, path, &data)) {
		scope_clear(sc);
		return "";
	}
	return data.data;
}

const char *lab_log_tail(struct scope *sc, struct lab *l, const char *part)
{
	const char *log = read_log(sc, l, part);
	size_t len = strlen(log);

	return log + (len > TAIL_BYTES ? len - TAIL_BYTES : 0);
}

bool lab_log_says(struct scope *sc, struct lab *l, const char *part, const char *what)
{
	return strstr(read_log(sc, l, part), what) != NULL;
}

enum err lab_start_base(struct scope *sc, struct lab *l)
{
	enum err e = sink_start(sc, l);

	if (!e)
		e = postfix_start(sc, l);
	if (!e && l->config.db == LAB_POSTGRES)
		e = postgres_start(sc, l);
	if (!e)
		e = hub_prepare(sc, l);
	if (!e)
		e = broker_start(sc, l);
	if (!e)
		e = hub_start(sc, l);
	return e;
}

enum err lab_sql(struct scope *sc, struct lab *l, const char *sql, const char **output)
{
	const char *file = arena_printf(sc->mem, "%s/hub/%s.db", l->folder, l->database);
	const char *const argv[] = { "sqlite3", "-cmd", ".timeout 5000", file, sql, NULL };
	struct proc_spec spec = { "sqlite3", argv, lab_path(l, "log/sql.log"), NULL, 0, 0 };

	if (l->config.db == LAB_POSTGRES)
		return postgres_run(sc, l, sql, output);
	return proc_run(sc, &spec, 10000, output);
}

int64_t lab_number(struct scope *sc, struct lab *l, const char *sql)
{
	const char *text = NULL;
	int64_t n = -1;

	if (lab_sql(sc, l, sql, &text))
		return -1;
	str_int(str_trim(sc->mem, text), INT64_MIN, INT64_MAX, &n);
	return n;
}
