/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A machine's mail server is backed up to the hub and comes back from there. What is backed up are
   files: no MailU runs here. */
#include "flow.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include "base/id.h"

#define FINISH_MS 20000
#define MAIL_SIZE (5 * 1024 * 1024) /* more than one part */

static void put_folders(struct scope *sc, struct lab *l)
{
	static const char *const folders[] = { "mailu", "mailu/data", "mailu/mail",
		"mailu/mail/ann", "mailu/mail/ann/cur" };
	char *mail = arena_alloc(sc->mem, MAIL_SIZE + 1);
	sqlite3 *db = NULL;

	for (size_t i = 0; i < COUNT(folders); i++)
		NEED(mkdir(lab_path(l, folders[i]), 0700) == 0);
	memset(mail, 'x', MAIL_SIZE);
	OK(lab_write(sc, lab_path(l, "mailu/mail/ann/cur/1.mail"), mail));
	NEED(sqlite3_open(lab_path(l, "mailu/data/main.db"), &db) == SQLITE_OK);
	NEED(sqlite3_exec(db, "CREATE TABLE user (email TEXT)", NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(db);
}

static int64_t machine(struct company *c)
{
	int64_t id;

	NEED(id_parse(c->appliance, ID_APPLIANCE, &id));
	return id;
}

/* Returns when the hub has heard of the new process. */
static void restart_agent(struct scope *sc, struct company *c, const char *config)
{
	struct lab *l = c->lab;
	const char *connections = arena_printf(
		sc->mem, "SELECT conn FROM uplink WHERE appliance = %lld", (long long)machine(c));
	int64_t before = lab_number(sc, l, connections);

	OK(lab_write(sc, l->agent_config, config));
	lab_kill_part(l, &l->agent);
	OK(agent_start(sc, l));
	NEED(WAIT_FOR(lab_number(sc, l, connections) > before, FINISH_MS));
}

static const struct json *backup(struct scope *sc, struct company *c, const char *id)
{
	const struct json *b = NULL;

	OK(client_do(sc, &c->api, "GET", arena_printf(sc->mem, "/api/v1/mailu-backups/%s", id),
		NULL, &b));
	return b;
}

/* The machine is to run MailU, as far as the hub knows. */
static void turn_on(struct scope *sc, struct company *c)
{
	const char *out,
		*row = arena_printf(sc->mem,
			"INSERT INTO mailu (tenant, appliance, state, version, host, domain, postmaster, "
			"subnet, address, tls, digests, selector, number, changed_at) "
			"SELECT tenant, appliance, 'on', '2024.06.57', 'mail.flow.test', 'flow.test', "
			"'postmaster', '192.168.203.0/24', '198.51.100.10', 'cert', '', 'k1', 1, 0 "
			"FROM uplink WHERE appliance = %lld",
			(long long)machine(c));

	OK(lab_sql(sc, c->lab, row, &out));
}

static const char *ask(struct scope *sc, struct company *c)
{
	const struct json *made = NULL;
	const char *id;

	OK(client_do(sc, &c->api, "POST",
		arena_printf(sc->mem, "/api/v1/appliances/%s/mailu/backups", c->appliance), "{}",
		&made));
	id = json_text(made, "id");
	NEED(id != NULL);
	return id;
}

static enum err restore(struct scope *sc, struct lab *l, const char *config, const char *id)
{
	const char *const argv[] = { arena_printf(sc->mem, "%s/penguin-agent", l->bin), "--config",
		config, "mailu", "restore", arena_printf(sc->mem, "hub:%s", id), NULL };
	struct proc_spec spec = { "penguin-agent", argv, lab_path(l, "log/restore.log"), NULL, 0,
		0 };

	return proc_run(sc, &spec, FINISH_MS, NULL);
}

TEST(a_machines_backup_comes_to_the_hub_and_back_where_it_was_released)
{
	struct company *c = flow_company(sc);
	struct lab *l = c->lab;
	const char *elsewhere = lab_path(l, "elsewhere.conf"), *id, *config, *out;
	struct bytes before, mail;

	put_folders(sc, l);
	OK(lab_read(sc, l->agent_config, &before));
	config = arena_copy(sc->mem, before.data, before.len);
	restart_agent(
		sc, c, arena_printf(sc->mem, "%smailu.root = %s\n", config, lab_path(l, "mailu")));
	turn_on(sc, c);
	id = ask(sc, c);
	NEED(WAIT_FOR(str_eq(json_text(backup(sc, c, id), "state"), "done"), FINISH_MS));
	CHECK(json_int(backup(sc, c, id), "size", 0) > MAIL_SIZE);
	CHECK_INT(json_int(backup(sc, c, id), "files", 0), 2);
	OK(lab_write(sc, elsewhere,
		arena_printf(sc->mem, "%smailu.root = %s\n", config, lab_path(l, "elsewhere"))));
	CHECK(restore(sc, l, elsewhere, id) != ERR_NONE);
	OK(client_do(sc, &c->api, "POST",
		arena_printf(sc->mem, "/api/v1/mailu-backups/%s/release", id),
		arena_printf(sc->mem, "{\"machine\":\"%s\"}", c->appliance), NULL));
	OK(restore(sc, l, elsewhere, id));
	OK(lab_read(sc, lab_path(l, "elsewhere/mail/ann/cur/1.mail"), &mail));
	CHECK_INT((int64_t)mail.len, MAIL_SIZE);
	OK(lab_sql(sc, l, "DELETE FROM mailu", &out));
	restart_agent(sc, c, config);
}
