/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The part of MailU, which takes minutes: wanted, and what became of it. */
#include "agent_kit.h"

#include <systemd/sd-event.h>

#include "crypt/secret.h"
#include "mailu/mailu.h"
#include "parts.h"
#include "schema.h"
#include "store/migrate.h"

static const char body[] =
	"{\"version\":\"2024.06.57\",\"host\":\"mail.acme.example\",\"domain\":\"acme.example\","
	"\"postmaster\":\"postmaster\",\"subnet\":\"192.168.203.0/24\","
	"\"address\":\"198.51.100.10\",\"tls\":\"cert\",\"selector\":\"k1\","
	"\"digests\":[],\"transports\":[],\"routes\":[],\"settings\":[]}";

static struct wire_part part_of(struct scope *sc, int64_t version)
{
	unsigned char hash[HASH_BYTES];

	sha256(bytes_of(body, strlen(body)), hash);
	return (struct wire_part){ "mailu", version, str_hex(sc->mem, hash, sizeof hash), body,
		NULL };
}

static void take(struct agent_kit *ak, int64_t version)
{
	struct scope *sc = &ak->scope;
	struct wire_part part = part_of(sc, version);
	bool changed;

	OK(parts_take(sc, ak->agent.parts, &part, &changed));
}

static enum part_state state_of(struct agent_kit *ak)
{
	struct wire_part_report *list;
	size_t n = parts_reports(&ak->scope, ak->agent.parts, &list);

	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].name, "mailu"))
			return (enum part_state)list[i].state;
	return PART_NONE;
}

static int64_t rows_of(struct agent_kit *ak, const struct sql *sql)
{
	struct scope *sc = &ak->scope;
	int64_t n = 0;

	OK(db_int(sc, sql, BIND_NONE, &n));
	return n;
}

SQL(count_next, SQL_ENGINE, "SELECT count(*) FROM part_next");
SQL(count_parts, SQL_ENGINE, "SELECT count(*) FROM part WHERE name = 'control' AND body = '{}'");
SQL(count_bodies, SQL_ENGINE,
	"SELECT count(*) FROM part WHERE name = 'mailu' AND body IS NOT NULL");

SQL(put_old_part, SQL_ENGINE,
	"INSERT INTO part (name, version, state, reason, applied, body) "
	"VALUES ('control', 4, 2, '', 4, '{}')");

static enum err put_old(struct scope *sc, void *arg)
{
	return db_run(sc, &put_old_part, BIND_NONE, NULL);
}

TEST(a_database_of_the_first_release_keeps_its_parts)
{
	const char *url = arena_printf(sc->mem, "sqlite:%s/agent.db", kit_folder(sc));
	struct agent_kit ak = { .agent.world = kit->world };
	struct scope *own = &ak.scope;
	int applied;
	int64_t n;

	scope_open(own, &ak.agent.world, "test");
	kit_ok(__FILE__, __LINE__, "store_open", own,
		store_open(own, &(struct store_config){ .url = url, .readers = 1, .owner = true },
			&ak.agent.world.store));
	kit_ok(__FILE__, __LINE__, "first", own, migrate_run(own, agent_schema, 1, &applied));
	kit_ok(__FILE__, __LINE__, "put", own, db_write(own, put_old, NULL));
	kit_ok(__FILE__, __LINE__, "rest", own,
		migrate_run(own, agent_schema, agent_schema_count, &applied));
	CHECK_INT(applied, (int64_t)agent_schema_count - 1);
	kit_ok(__FILE__, __LINE__, "look", own, db_int(own, &count_next, BIND_NONE, &n));
	CHECK_INT(n, 0);
	kit_ok(__FILE__, __LINE__, "look", own, db_int(own, &count_parts, BIND_NONE, &n));
	CHECK_INT(n, 1);
	store_close(ak.agent.world.store);
	scope_close(own);
}

TEST(a_part_that_takes_minutes_is_applying_until_it_is_known)
{
	struct agent_kit ak;

	agent_kit_open(sc, kit, &ak);
	take(&ak, 3);
	CHECK_INT(state_of(&ak), PART_APPLYING);
	CHECK_INT(rows_of(&ak, &count_next), 1);
	CHECK_INT(rows_of(&ak, &count_bodies), 0);
	agent_kit_restart(&ak);
	CHECK_INT(state_of(&ak), PART_APPLYING);
	{
		struct scope *own = &ak.scope;

		kit_ok(__FILE__, __LINE__, "parts_done", own,
			parts_done(own, ak.agent.parts, "mailu", 3, PART_APPLIED, ""));
	}
	CHECK_INT(state_of(&ak), PART_APPLIED);
	CHECK_INT(rows_of(&ak, &count_next), 0);
	CHECK_INT(rows_of(&ak, &count_bodies), 1);
	agent_kit_close(&ak);
}

TEST(what_became_of_an_older_version_says_nothing_of_a_newer_one)
{
	struct agent_kit ak;

	agent_kit_open(sc, kit, &ak);
	take(&ak, 3);
	take(&ak, 4);
	{
		struct scope *own = &ak.scope;

		kit_ok(__FILE__, __LINE__, "parts_done", own,
			parts_done(own, ak.agent.parts, "mailu", 3, PART_APPLIED, ""));
		CHECK_INT(state_of(&ak), PART_APPLYING);
		kit_ok(__FILE__, __LINE__, "parts_done", own,
			parts_done(own, ak.agent.parts, "mailu", 4, PART_REVERTED, "smtp died"));
	}
	CHECK_INT(state_of(&ak), PART_REVERTED);
	CHECK_INT(rows_of(&ak, &count_next), 0);
	CHECK_INT(rows_of(&ak, &count_bodies), 0);
	agent_kit_close(&ak);
}

static int64_t kept_error(struct agent_kit *ak)
{
	SQL(count_errors, SQL_ENGINE,
		"SELECT count(*) FROM part WHERE name = 'mailu' AND state = 3");

	return rows_of(ak, &count_errors);
}

/* Nothing is at that socket: an error at once, which the disk does not take at first. */
TEST(what_became_of_a_part_is_kept_also_when_the_disk_was_full)
{
	struct agent_kit ak;

	agent_kit_open(sc, kit, &ak);
	ak.config.docker_socket = "/nowhere/docker.sock";
	ak.config.mailu_root = kit_folder(sc);
	mailu_free(ak.agent.mailu);
	ak.agent.mailu = mailu_new(&ak.agent);
	NEED(sd_event_new(&ak.agent.loop) >= 0);
	take(&ak, 3);
	agent_kit_meddle(&ak, "CREATE TRIGGER full BEFORE UPDATE ON part BEGIN "
			      "SELECT RAISE(FAIL, 'no room'); END");
	OK(mailu_start(sc, ak.agent.mailu));
	while (state_of(&ak) == PART_APPLYING)
		NEED(sd_event_run(ak.agent.loop, 10000000) > 0);
	CHECK_INT(state_of(&ak), PART_ERROR);
	CHECK_INT(kept_error(&ak), 0);
	agent_kit_meddle(&ak, "DROP TRIGGER full");
	NEED(sd_event_run(ak.agent.loop, 10000000) > 0);
	NEED(sd_event_run(ak.agent.loop, 10000000) > 0);
	CHECK_INT(kept_error(&ak), 1);
	mailu_free(TAKE(ak.agent.mailu));
	sd_event_unref(ak.agent.loop);
	ak.agent.mailu = mailu_new(&ak.agent);
	agent_kit_close(&ak);
}
