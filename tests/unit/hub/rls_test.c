/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The second lock on PostgreSQL: statements whose predicate was forgotten read and change nothing
 * of another tenant. Every table of tenants gets a row made from its description.
 */
#include <ctype.h>

#include "base/out.h"
#include "hub_kit.h"
#include "schema/schema.h"
#include "store/db.h"

#define OTHER_TENANT INT64_C(2002)

/* What a column takes: the first word of its CHECK, or something of its type. */
static const char *sample_of(struct scope *sc, const char *line)
{
	const char *words = strstr(line, " IN ('");

	if (words)
		return arena_printf(sc->mem, "'%.*s'", (int)strcspn(words + 6, "'"), words + 6);
	if (strstr(line, "@BYTES@"))
		return "decode('00', 'hex')";
	return strstr(line, " TEXT") ? "'x'" : "1";
}

struct made {
	const char *table;
	struct out names, samples;
};

static void add_column(struct scope *sc, struct made *m, const char *line)
{
	size_t len = strcspn(line, " ");

	if (!islower((unsigned char)line[0]) || !strstr(line, "NOT NULL") ||
		strstr(line, "DEFAULT"))
		return;
	if (str_starts(line, "tenant "))
		return;
	out_text(&m->names, ", ");
	out_bytes(&m->names, line, len);
	out_printf(&m->samples, ", %s", sample_of(sc, line));
}

static struct sql *statement(struct scope *sc, const char *table, const char *text)
{
	struct sql *q = arena_alloc(sc->mem, sizeof *q);

	*q = (struct sql){ table, text, SQL_TENANT };
	return q;
}

static enum err run(struct scope *sc, void *arg)
{
	return db_run(sc, arg, BIND_NONE, NULL);
}

struct counting {
	const struct sql *q;
	int64_t changed;
};

static enum err count_changed(struct scope *sc, void *arg)
{
	struct counting *c = arg;

	return db_run(sc, c->q, BIND_NONE, &c->changed);
}

static void check_locked(struct scope *sc, const struct made *m)
{
	const struct sql *count = statement(sc, m->table,
		arena_printf(
			sc->mem, "SELECT count(*) FROM %s WHERE CAST($1 AS BIGINT) > 0", m->table));
	struct counting wipe = { statement(sc, m->table,
					 arena_printf(sc->mem,
						 "DELETE FROM %s WHERE CAST($1 AS BIGINT) > 0",
						 m->table)),
		9 };
	const struct sql *foreign = statement(sc, m->table,
		arena_printf(sc->mem, "INSERT INTO %s (tenant%s) SELECT CAST($1 AS BIGINT) + 1%s",
			m->table, m->names.data, m->samples.data));
	int64_t n = -1;

	sc->tenant = OTHER_TENANT;
	OK(db_int(sc, count, BIND_NONE, &n));
	CHECK_INT(n, 0);
	OK(db_write(sc, count_changed, &wipe));
	CHECK_INT(wipe.changed, 0);
	/* Nor can a row be slipped under somebody else's name. */
	CHECK(db_write(sc, run, (void *)(uintptr_t)foreign) != ERR_NONE);
	sc->tenant = KIT_TENANT;
	OK(db_int(sc, count, BIND_NONE, &n));
	CHECK(n >= 1);
}

static void check_table(struct scope *sc, const struct made *m)
{
	const struct sql *add = statement(sc, m->table,
		arena_printf(sc->mem,
			"INSERT INTO %s (tenant%s) SELECT CAST($1 AS BIGINT)%s "
			"ON CONFLICT DO NOTHING",
			m->table, m->names.data, m->samples.data));

	sc->tenant = KIT_TENANT;
	OK(db_write(sc, run, (void *)(uintptr_t)add));
	check_locked(sc, m);
}

/* Walks the migrations' lines; a table of tenants names tenant first. */
static int check_all(struct scope *sc, const char *at)
{
	static const char create[] = "CREATE TABLE ";
	struct made m = { 0 };
	bool first = false;
	int tables = 0;

	for (; *at; at += strcspn(at, "\n") + 1) {
		const char *line = str_trim(sc->mem, arena_copy(sc->mem, at, strcspn(at, "\n")));

		if (str_starts(line, create)) {
			m.table = strstr(line, "@engine")
					  ? NULL
					  : arena_copy(sc->mem, line + sizeof create - 1,
						    strcspn(line + sizeof create - 1, " "));
			out_init(&m.names, sc->mem);
			out_init(&m.samples, sc->mem);
			first = true;
			continue;
		}
		if (m.table && first && !str_starts(line, "tenant "))
			m.table = NULL;
		first = false;
		if (m.table && line[0] == ')') {
			check_table(sc, &m);
			tables++;
			m.table = NULL;
		} else if (m.table) {
			add_column(sc, &m, line);
		}
	}
	return tables;
}

TEST(a_statement_without_its_predicate_gets_nothing_of_another_tenant)
{
	if (!kit_on_postgres())
		return;
	kit_hub_store(sc, kit);
	CHECK(check_all(sc, (const char *)hub_schema[0].data) >= 30);
}

TEST(a_role_that_passes_over_row_security_is_refused)
{
	const char *super = getenv("TEST_DB_SUPER");
	struct store_config c = { .url = super, .readers = 1 };

	if (!super)
		return;
	CHECK_INT(store_open(sc, &c, &kit->world.store), ERR_INPUT);
	CHECK(strstr(sc->why, "row security") != NULL);
}
