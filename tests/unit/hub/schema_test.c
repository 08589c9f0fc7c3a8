/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What holds for every table and every statement of the hub, so that it stays. */
#include "hub_kit.h"

#include <ctype.h>

#include "schema/schema.h"
#include "store/db.h"

extern const struct sql *const __start_sql_list[];
extern const struct sql *const __stop_sql_list[];

/* ---- the text of the schema ---- */

struct table {
	const char *name;
	bool engine;     /* marked, although its key may begin with tenant */
	const char *key; /* first column of the primary key */
};

#define MAX_TABLES 200

struct tables {
	struct table list[MAX_TABLES];
	size_t count;
	int unclassed; /* columns without privacy class */
};

static bool has_class(const char *line)
{
	static const char *const classes[] = { "-- [plain]", "-- [erase]", "-- [secret]",
		"-- [keep " };

	for (size_t i = 0; i < COUNT(classes); i++)
		if (strstr(line, classes[i]))
			return true;
	return false;
}

static const char *first_word(struct scope *sc, const char *text)
{
	size_t len = 0;

	while (isalnum((unsigned char)text[len]) || text[len] == '_')
		len++;
	return arena_copy(sc->mem, text, len);
}

/* One line inside CREATE TABLE (…). */
static void read_column(struct scope *sc, struct tables *t, struct table *now, const char *line)
{
	static const char primary[] = "PRIMARY KEY (";
	const char *key = strstr(line, primary);

	if (line[0] == '-' || str_starts(line, "UNIQUE") || str_starts(line, "CHECK"))
		return;
	if (str_starts(line, "PRIMARY")) {
		now->key = first_word(sc, key + sizeof primary - 1);
		return;
	}
	/* The second line of a long CHECK belongs to the column before. */
	if (!islower((unsigned char)line[0]))
		return;
	if (strstr(line, " PRIMARY KEY"))
		now->key = first_word(sc, line);
	if (!has_class(line) && line[strlen(line) - 1] != ',') {
		t->unclassed++;
		fprintf(stderr, "\nno privacy class: %s: %s\n", now->name, line);
	}
}

static void read_line(struct scope *sc, struct tables *t, bool *inside, const char *line)
{
	static const char create[] = "CREATE TABLE ";
	struct table *now = t->count ? &t->list[t->count - 1] : NULL;

	if (str_starts(line, create)) {
		NEED(t->count < MAX_TABLES);
		now = &t->list[t->count++];
		now->name = first_word(sc, line + sizeof create - 1);
		now->engine = strstr(line, "( -- @engine") != NULL;
		*inside = true;
	} else if (*inside && line[0] == ')') {
		*inside = false;
	} else if (*inside) {
		read_column(sc, t, now, line);
	} else if (strstr(line, " ADD COLUMN ") && !has_class(line)) {
		t->unclassed++;
		fprintf(stderr, "\nno privacy class: %s\n", line);
	}
}

static struct tables *read_tables(struct scope *sc)
{
	struct tables *t = arena_alloc(sc->mem, sizeof *t);

	for (size_t i = 0; i < hub_schema_count; i++) {
		const char *at = (const char *)hub_schema[i].data;
		bool inside = false;

		while (*at) {
			size_t len = strcspn(at, "\n");

			read_line(sc, t, &inside, str_trim(sc->mem, arena_copy(sc->mem, at, len)));
			at += len + (at[len] == '\n');
		}
	}
	return t;
}

static bool is_tenants(const struct table *t)
{
	return str_eq(t->key, "tenant") && !t->engine;
}

TEST(every_column_has_its_privacy_class)
{
	struct tables *t = read_tables(sc);

	CHECK(t->count > 40);
	CHECK_INT(t->unclassed, 0);
}

TEST(every_key_of_a_tenants_table_begins_with_tenant)
{
	/* Those of the directory and the engine; a new one is named here on purpose. */
	static const char others[] =
		" setting authority account identity credential host throttle outmail slot "
		"cursor process uplink certificate job turn inlet catch_up domain_claim weather_hit weather site ";
	struct tables *t = read_tables(sc);

	for (size_t i = 0; i < t->count; i++) {
		bool other = strstr(others, arena_printf(sc->mem, " %s ", t->list[i].name)) != NULL;

		NEED(t->list[i].key != NULL);
		if (other == is_tenants(&t->list[i]))
			fprintf(stderr, "\ntable %s: key begins with %s\n", t->list[i].name,
				t->list[i].key);
		CHECK(other != is_tenants(&t->list[i]));
	}
}

/* ---- the statements ---- */

static bool is_word(const char *text, const char *at, size_t len)
{
	char before = at == text ? ' ' : at[-1], after = at[len];

	return !isalnum((unsigned char)before) && before != '_' && before != '$' &&
	       !isalnum((unsigned char)after) && after != '_';
}

static const char *find_word(const char *text, const char *from, const char *word)
{
	while ((from = strstr(from, word))) {
		if (is_word(text, from, strlen(word)))
			return from;
		from++;
	}
	return NULL;
}

/* How often TABLE stands where SQL names a table: after FROM, JOIN, INTO, UPDATE or a comma of a
   FROM list. */
static int count_uses(const char *text, const char *table)
{
	static const char *const before[] = { "FROM ", "JOIN ", "INTO ", "UPDATE " };
	int n = 0;

	for (const char *at = text; (at = find_word(text, at, table)); at++)
		for (size_t i = 0; i < COUNT(before); i++) {
			size_t len = strlen(before[i]);

			n += (size_t)(at - text) >= len && memcmp(at - len, before[i], len) == 0;
		}
	return n;
}

static int count_text(const char *text, const char *part)
{
	int n = 0;

	for (const char *at = text; (at = strstr(at, part)); at++)
		n++;
	return n;
}

/* Each table of tenants that a tenant statement names is held to $1: by a comparison, by a join
   on the tenant of one that is, or as the first value inserted. */
static bool binds_tenant(const struct tables *t, const char *text)
{
	int uses = 0, held = count_text(text, "tenant = $1") + count_text(text, "tenant=$1");

	for (size_t i = 0; i < t->count; i++)
		if (is_tenants(&t->list[i]))
			uses += count_uses(text, t->list[i].name);
	held += count_text(text, ".tenant = ") - count_text(text, ".tenant = $1");
	if (strstr(text, "INSERT INTO"))
		held += strstr(text, "VALUES ($1,") || strstr(text, "SELECT $1,") ||
			strstr(text, "VALUES ($1)") || strstr(text, "SELECT CAST($1 AS BIGINT),");
	return uses > 0 && held >= uses;
}

TEST(each_tenant_statement_binds_its_tenant)
{
	struct tables *t = read_tables(sc);
	int wrong = 0;

	for (const struct sql *const *q = __start_sql_list; q < __stop_sql_list; q++)
		if ((*q)->kind == SQL_TENANT && !binds_tenant(t, (*q)->text)) {
			fprintf(stderr, "\n%s does not hold each of its tables to $1:\n  %s\n",
				(*q)->name, (*q)->text);
			wrong++;
		}
	CHECK_INT(wrong, 0);
}

TEST(names_of_statements_are_unique)
{
	int twice = 0;

	for (const struct sql *const *q = __start_sql_list; q < __stop_sql_list; q++)
		for (const struct sql *const *p = __start_sql_list; p < q; p++)
			if (str_eq((*p)->name, (*q)->name)) {
				fprintf(stderr, "\ntwo statements are called %s\n", (*q)->name);
				twice++;
			}
	CHECK_INT(twice, 0);
}

/* Says that it was prepared by asking for the wrong number of values; binding none runs nothing. */
static bool is_prepared(struct scope *sc, const struct sql *q)
{
	static const struct value many[126];
	int64_t n;
	struct binds wrong = { many, COUNT(many) };

	CHECK_INT(db_int(sc, q, wrong, &n), ERR_INTERNAL);
	return strstr(sc->why, " values, got ") != NULL;
}

TEST(each_statement_prepares)
{
	int wrong = 0;

	kit_hub_store(sc, kit);
	scope_system(sc);
	for (const struct sql *const *q = __start_sql_list; q < __stop_sql_list; q++)
		if (!is_prepared(sc, *q)) {
			fprintf(stderr, "\n%s: %s\n", (*q)->name, sc->why);
			wrong++;
		}
	CHECK_INT(wrong, 0);
}
