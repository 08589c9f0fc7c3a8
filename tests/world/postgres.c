/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A private PostgreSQL cluster in the lab's folder, reached over its socket only. */
#include "lab.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wait.h"

#define PG_BIN   "/usr/lib/postgresql/15/bin/"
#define START_MS 30000

/* Processes are killed here, never the machine: nothing need be on the disk itself, and what they
   share lies in the folder, so that it goes with it. Tables are looked at soon: until then nothing
   is known of what a first import brought, and the wrong index may be taken for every row of it. */
static const char *const settings = "listen_addresses = ''\n"
				    "max_connections = 60\n"
				    "shared_buffers = 64MB\n"
				    "fsync = off\n"
				    "autovacuum_naptime = 1s\n"
				    "dynamic_shared_memory_type = mmap\n"
				    "log_min_messages = warning\n";

/* initdb refuses root, so the cluster is then postgres's. */
static enum err make_cluster(struct scope *sc, struct lab *l)
{
	const char *data = lab_path(l, "pg/data");
	const char *const argv[] = { PG_BIN "initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8",
		"--locale=C.UTF-8", "--no-sync", "-D", data, NULL };
	struct proc_spec spec = { "initdb", argv, lab_path(l, "log/postgres.log"), "postgres", 0,
		0 };
	const struct passwd *pw = getuid() == 0 ? getpwnam("postgres") : NULL;
	const char *folder = lab_path(l, "pg");

	if (mkdir(folder, 0755) < 0 || (pw && chown(folder, pw->pw_uid, pw->pw_gid) < 0))
		return fail(sc, ERR_AWAY, "cannot make %s: %m", folder);
	return proc_run(sc, &spec, START_MS, NULL);
}

static bool answers(void *arg)
{
	struct lab *l = arg;
	const char *port = arena_printf(l->mem, "%d", l->pg_port);
	const char *const argv[] = { PG_BIN "pg_isready", "-q", "-h", lab_path(l, "pg"), "-p", port,
		NULL };
	struct proc_spec spec = { "pg_isready", argv, NULL, NULL, 0, 0 };
	const struct world world = { 0 };
	struct scope sc;
	enum err e;

	scope_open(&sc, &world, "test");
	e = proc_run(&sc, &spec, 5000, NULL);
	scope_close(&sc);
	return e == ERR_NONE;
}

static enum err psql(
	struct scope *sc, struct lab *l, const char *database, const char *sql, const char **output)
{
	const char *port = arena_printf(sc->mem, "%d", l->pg_port);
	const char *const argv[] = { "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h",
		lab_path(l, "pg"), "-p", port, "-U", "postgres", "-d", database, "-c", sql, NULL };
	struct proc_spec spec = { "psql", argv, lab_path(l, "log/postgres.log"), NULL, 0, 0 };

	return proc_run(sc, &spec, START_MS, output);
}

enum err database_make(struct scope *sc, struct lab *l, const char *name)
{
	if (l->config.db == LAB_SQLITE)
		return ERR_NONE;
	return psql(sc, l, "postgres",
		arena_printf(sc->mem, "CREATE DATABASE %s OWNER penguin_owner", name), NULL);
}

static enum err make_database(struct scope *sc, struct lab *l)
{
	enum err e = psql(sc, l, "postgres",
		"CREATE ROLE penguin_owner LOGIN; CREATE ROLE penguin_app LOGIN", NULL);

	return e ? e : database_make(sc, l, "penguin");
}

enum err postgres_run(struct scope *sc, struct lab *l, const char *sql, const char **output)
{
	return psql(sc, l, l->database, sql, output);
}

enum err postgres_start(struct scope *sc, struct lab *l)
{
	const char *data = lab_path(l, "pg/data"), *port = arena_printf(l->mem, "%d", l->pg_port);
	const char *const argv[] = { PG_BIN "postgres", "-D", data, "-p", port, "-k",
		lab_path(l, "pg"), NULL };
	struct proc_spec spec = { "postgres", argv, lab_path(l, "log/postgres.log"), "postgres", 0,
		0 };
	bool first = access(data, F_OK) != 0;
	enum err e = first ? make_cluster(sc, l) : ERR_NONE;

	if (!e && first)
		e = lab_write(sc, arena_printf(sc->mem, "%s/postgresql.auto.conf", data), settings);
	if (!e)
		e = proc_start(sc, l->janitor, &spec, &l->postgres);
	if (!e)
		e = wait_ready(sc, &l->postgres, answers, l, START_MS);
	if (!e && first)
		e = make_database(sc, l);
	return e;
}
