/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Our own programs in a lab, and the broker between them. */
#include "lab.h"

#include <signal.h>
#include <unistd.h>

#include "base/out.h"
#include "net/http.h"
#include "wait.h"

#define READY_MS   30000
#define COMMAND_MS 60000

/* ---- hub ---- */

static void put_database(struct out *o, struct lab *l)
{
	if (l->config.db == LAB_SQLITE) {
		out_printf(o, "database = sqlite:%s/hub/%s.db\n", l->folder, l->database);
		return;
	}
	out_printf(o, "database = postgresql://penguin_app@/%s?host=%s/pg&port=%d\n", l->database,
		l->folder, l->pg_port);
	out_printf(o, "database.owner = postgresql://penguin_owner@/%s?host=%s/pg&port=%d\n",
		l->database, l->folder, l->pg_port);
}

static const char *hub_text(struct scope *sc, struct lab *l)
{
	struct out o;

	out_init(&o, sc->mem);
	put_database(&o, l);
	out_printf(&o, "master_key_file = %s/master.key\n", l->folder);
	out_printf(&o, "state_dir = %s/hub\n", l->folder);
	out_printf(&o, "listen.http = 127.0.0.1:%d\n", l->http_port);
	out_printf(&o, "listen.agents = 127.0.0.1:%d\n", l->agents_port);
	out_printf(&o, "app_url = %s\n", l->app_url);
	out_printf(&o, "link_url = http://localhost:%d\n", l->http_port);
	out_printf(&o, "agents_url = https://127.0.0.1:%d\n", l->agents_port);
	out_printf(&o, "broker.host = 127.0.0.1\nbroker.port = %d\n", l->broker_port);
	out_printf(&o, "broker.agent_host = 127.0.0.1\nbroker.agent_port = %d\n",
		l->broker_agent_port);
	out_printf(&o, "clock.rate = %lld\n", (long long)l->config.rate);
	/* Nobody outside is asked about the domains of a test. */
	out_text(&o, "dns.servers = 127.0.0.1:1\n");
	out_printf(&o,
		"smtp.host = 127.0.0.1\nsmtp.port = %d\n"
		"smtp.security = none\nsmtp.from = hub@penguin.test\n",
		l->smtp_port);
	out_text(&o, l->config.hub_more);
	return o.data;
}

enum err hub_run(struct scope *sc, struct lab *l, const char *const *args, const char **output)
{
	const char *argv[24] = { arena_printf(sc->mem, "%s/penguin-hub", l->bin), "--config",
		l->hub_config };
	struct proc_spec spec = { "penguin-hub", argv, lab_path(l, "log/hub.log"), NULL, 0, 0 };
	const char *text = NULL;
	size_t n = 3;
	enum err e;

	while (*args && n < COUNT(argv) - 1)
		argv[n++] = *args++;
	e = proc_run(sc, &spec, COMMAND_MS, &text);
	if (!e && output)
		*output = str_trim(sc->mem, text);
	return e;
}

enum err hub_configure(struct scope *sc, struct lab *l, const char *database)
{
	l->database = arena_text(l->mem, database);
	return lab_write(sc, l->hub_config, hub_text(sc, l));
}

enum err hub_prepare(struct scope *sc, struct lab *l)
{
	enum err e = hub_configure(sc, l, l->database);

	if (!e)
		e = HUB_RUN(sc, l, NULL, "master-key", lab_path(l, "master.key"));
	if (!e)
		e = HUB_RUN(sc, l, NULL, "migrate");
	if (!e)
		e = HUB_RUN(sc, l, NULL, "broker-sync", "--dir", lab_path(l, "broker"));
	return e;
}

static bool hub_answers(void *arg)
{
	struct lab *l = arg;
	const struct clock clock = { .rate = 1 };
	const struct world world = { .clock = &clock };
	struct http *h = http_new();
	struct http_answer answer = { 0 };
	struct scope sc;
	enum err e;

	scope_open(&sc, &world, "test");
	e = http_do(&sc, h,
		&(struct http_request){ .method = "GET",
			.url = arena_printf(sc.mem, "%s/readyz", l->app_url),
			.max_answer = 65536,
			.timeout_s = 5 },
		&answer);
	http_free(h);
	scope_close(&sc);
	return !e && answer.status == 200;
}

/* ARGV behind a clock of its own, where it has one (tests/shim/clock.c). */
static const char *const *with_clock(
	struct scope *sc, const struct lab *l, const char *clock, const char *const *argv)
{
	const char *const before[] = { "env",
		arena_printf(sc->mem, "LD_PRELOAD=%s/clock.so", l->bin),
		arena_printf(sc->mem, "CLOCK_FILE=%s", clock) };
	const char **all;
	size_t n = 0, k = 0;

	if (!clock)
		return argv;
	while (argv[n])
		n++;
	all = arena_array(sc->mem, COUNT(before) + n + 1, sizeof *all);
	for (size_t i = 0; i < COUNT(before); i++)
		all[k++] = before[i];
	for (size_t i = 0; i < n; i++)
		all[k++] = argv[i];
	return all;
}

enum err hub_start(struct scope *sc, struct lab *l)
{
	const char *const plain[] = { arena_printf(sc->mem, "%s/penguin-hub", l->bin), "--config",
		l->hub_config, "serve", NULL };
	const char *const *argv = with_clock(sc, l, l->hub_clock, plain);
	struct proc_spec spec = { "penguin-hub serve", argv, lab_path(l, "log/hub.log"), NULL, 0,
		0 };
	enum err e = proc_start(sc, l->janitor, &spec, &l->hub);

	return e ? e : wait_ready(sc, &l->hub, hub_answers, l, READY_MS);
}

/* ---- broker ---- */

static bool broker_answers(void *arg)
{
	const struct lab *l = arg;

	return port_answers(l->broker_port) && port_answers(l->broker_agent_port);
}

enum err broker_start(struct scope *sc, struct lab *l)
{
	const char *const argv[] = {
		access("/usr/sbin/mosquitto", X_OK) == 0 ? "/usr/sbin/mosquitto" : "mosquitto",
		"-c", lab_path(l, "broker/mosquitto.conf"), NULL
	};
	struct proc_spec spec = { "mosquitto", argv, lab_path(l, "log/broker.log"), NULL, 0, 0 };
	enum err e = proc_start(sc, l->janitor, &spec, &l->broker);

	return e ? e : wait_ready(sc, &l->broker, broker_answers, l, READY_MS);
}

/* ---- agent ---- */

static const char *agent_text(struct scope *sc, struct lab *l)
{
	struct out o;

	out_init(&o, sc->mem);
	out_printf(&o, "state_dir = %s/agent\n", l->folder);
	out_printf(&o, "addresses = none\nsmtp.host = 127.0.0.1\nsmtp.port = %d\n", l->smtp_port);
	out_printf(&o, "log.file = %s\nqueue_dir = %s/postfix/queue\n", l->mail_log, l->folder);
	out_printf(&o, "hold.command = %s/usr/sbin/postsuper -c %s/postfix/etc\n",
		getuid() == 0 ? "" : "sudo -n ", l->folder);
	/* A virtual machine's kernel may not know whether its clock is right. */
	out_text(&o, "clock.check = no\nretry.seconds = 1\nrecover.seconds = 1\n"
		     "metric.seconds = 1\n");
	out_text(&o, l->config.agent_more);
	return o.data;
}

enum err agent_enrol(struct scope *sc, struct lab *l, const char *token)
{
	enum err e = lab_write(sc, l->agent_config, agent_text(sc, l));

	return e ? e : agent_enrol_as(sc, l, l->agent_config, token);
}

enum err agent_enrol_as(struct scope *sc, struct lab *l, const char *config, const char *token)
{
	const char *const argv[] = { arena_printf(sc->mem, "%s/penguin-agent", l->bin), "--config",
		config, "enrol", token, NULL };
	struct proc_spec spec = { "penguin-agent enrol", argv, lab_path(l, "log/agent.log"), NULL,
		0, 0 };

	return proc_run(sc, &spec, COMMAND_MS, NULL);
}

static bool always(void *arg)
{
	(void)arg;
	return true;
}

enum err agent_start(struct scope *sc, struct lab *l)
{
	const char *const plain[] = { arena_printf(sc->mem, "%s/penguin-agent", l->bin), "--config",
		l->agent_config, NULL };
	const char *const *argv = with_clock(sc, l, l->agent_clock, plain);
	struct proc_spec spec = { "penguin-agent", argv, lab_path(l, "log/agent.log"), NULL, 0, 0 };
	enum err e = proc_start(sc, l->janitor, &spec, &l->agent);

	return e ? e : wait_ready(sc, &l->agent, always, NULL, READY_MS);
}
