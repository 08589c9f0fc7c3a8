/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "audience/contact.h"

#include "audience/import.h"
#include "audience/suppression.h"
#include "base/out.h"
#include "hub_kit.h"
#include "jobs.h"
#include "object/object.h"
#include "store/driver.h"

SQL(audience_test_members, SQL_TENANT,
	"SELECT COUNT(*) FROM import_member WHERE tenant = $1 AND import = $2");

static void open_workspace(struct scope *sc, struct kit *kit)
{
	kit_hub_store(sc, kit);
	sc->workspace = 77;
}

static int64_t add(struct scope *sc, const char *email, const char *name)
{
	struct contact_new in = { .email = email, .name = name };
	int64_t id = 0;

	OK(contact_add(sc, &in, &id));
	return id;
}

static struct contact find(struct scope *sc, int64_t id)
{
	struct contact c = { 0 };

	OK(contact_find(sc, id, &c));
	return c;
}

/* ---- contacts ---- */

TEST(an_address_is_in_a_workspace_once_whatever_its_case)
{
	struct contact_new again = { .email = "ANN@Example.org" };
	struct contact_counts n;
	int64_t id;

	open_workspace(sc, kit);
	add(sc, "Ann@example.org", "Ann");
	CHECK_INT(contact_add(sc, &again, &id), ERR_CONFLICT);
	sc->workspace = 78;
	OK(contact_add(sc, &again, &id));
	OK(contact_count(sc, &n));
	CHECK_INT(n.active, 1);
}

#define CROWD 300

/* PostgreSQL's own view of the transaction in hand; not in the list that SQLite prepares. */
static const struct sql rows_looked_at = { "audience_test_looked_at",
	"SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'contact'",
	SQL_ENGINE };

static enum err merge_crowd(struct scope *sc, void *arg)
{
	int64_t id, *looked = arg;
	enum err e = ERR_NONE;

	for (int i = 0; i < 2 * CROWD && !e; i++) {
		const char *email = arena_printf(sc->mem, "p%d@example.org", i % CROWD);
		struct contact_new in = { .email = email, .name = i < CROWD ? "First" : NULL };
		bool added;

		e = contact_merge(sc, &in, email, &id, &added);
		CHECK_INT(added, i < CROWD);
	}
	return e ? e : db_int(sc, &rows_looked_at, BIND_NONE, looked);
}

/* Before its first look at a table PostgreSQL takes any index of the workspace for as good as that
   of its addresses. */
TEST(an_address_is_found_by_its_own_index_in_a_table_nobody_has_counted)
{
	int64_t looked = 0;

	if (!kit_on_postgres())
		return;
	open_workspace(sc, kit);
	OK(db_write(sc, merge_crowd, &looked));
	CHECK(looked > 0 && looked < 10 * CROWD);
}

TEST(a_contact_of_another_workspace_or_tenant_is_not_found)
{
	struct contact c;
	int64_t id;

	open_workspace(sc, kit);
	id = add(sc, "ann@example.org", NULL);
	sc->workspace = 78;
	CHECK_INT(contact_find(sc, id, &c), ERR_MISSING);
	sc->workspace = 0;
	OK(contact_find(sc, id, &c));
	sc->tenant = 2002;
	CHECK_INT(contact_find(sc, id, &c), ERR_MISSING);
}

TEST(contacts_are_searched_and_paged_newest_first)
{
	struct contact_filter f = { .limit = 2 };
	struct contact *list;
	size_t n;

	open_workspace(sc, kit);
	add(sc, "a_1@example.org", "Ann");
	add(sc, "b@example.org", "Bob_1");
	add(sc, "c@example.org", "Cleo");
	OK(contact_list(sc, &f, &list, &n));
	NEED(n == 2);
	CHECK_TEXT(list[0].email, "c@example.org");
	f.after = list[1].id;
	OK(contact_list(sc, &f, &list, &n));
	NEED(n == 1);
	CHECK_TEXT(list[0].email, "a_1@example.org");
	f = (struct contact_filter){ .search = "B_1", .limit = 10 };
	OK(contact_list(sc, &f, &list, &n));
	CHECK_INT((int64_t)n, 1);
	f.search = "%";
	OK(contact_list(sc, &f, &list, &n));
	CHECK_INT((int64_t)n, 0);
}

TEST(own_fields_are_kept_changed_and_emptied)
{
	struct contact_value two[] = { { "plan", "gold" }, { "seats", "12" } };
	struct contact_value change[] = { { "plan", "" }, { "seats", "13" } };
	struct contact_new in = { .email = "ann@example.org", .values = two, .count = 2 };
	struct contact_value bad = { "Plan Name", "x" }, *values;
	int64_t id;
	size_t n;

	open_workspace(sc, kit);
	OK(contact_add(sc, &in, &id));
	OK(contact_values(sc, id, &values, &n));
	CHECK_INT((int64_t)n, 2);
	OK(contact_edit(
		sc, id, &(struct contact_new){ .name = "Ann", .values = change, .count = 2 }));
	OK(contact_values(sc, id, &values, &n));
	NEED(n == 1);
	CHECK_TEXT(values[0].text, "13");
	CHECK_TEXT(find(sc, id).name, "Ann");
	CHECK_INT(contact_edit(sc, id, &(struct contact_new){ .values = &bad, .count = 1 }),
		ERR_INPUT);
	CHECK_TEXT(find(sc, id).name, "Ann");
}

/* ---- leaving ---- */

TEST(who_unsubscribes_is_suppressed_and_stays_so_through_an_import)
{
	struct contact_new again = { .email = "ann@example.org" };
	struct contact_counts n;
	const char *reason;
	int64_t id;

	open_workspace(sc, kit);
	id = add(sc, "ann@example.org", "Ann");
	OK(contact_stop(sc, id, "unsubscribed", "link", 0));
	OK(contact_stop(sc, id, "unsubscribed", "link", 0));
	CHECK_TEXT(find(sc, id).state, "unsubscribed");
	OK(suppression_has(sc, 77, 0, "ann@example.org", &reason));
	CHECK_TEXT(reason, "unsubscribed");
	OK(suppression_has(sc, 77, 0, "bob@example.org", &reason));
	CHECK(!reason);
	OK(contact_count(sc, &n));
	CHECK_INT(n.active, 0);
	CHECK_INT(n.unsubscribed, 1);
	sc->workspace = 78;
	OK(contact_add(sc, &again, &id));
	CHECK_TEXT(find(sc, id).state, "unsubscribed");
	OK(contact_resume(sc, id));
	CHECK_TEXT(find(sc, id).state, "active");
	OK(suppression_has(sc, 78, 0, "ann@example.org", &reason));
	CHECK(!reason);
}

TEST(another_tenant_has_another_list_with_other_hashes)
{
	struct suppression *mine, *theirs;
	const char *more;
	int64_t added, broken;
	size_t n;

	open_workspace(sc, kit);
	kit_tenant_add(sc, 2002);
	OK(suppression_import(sc, "tenant", "ann@example.org\nnonsense\n", &added, &broken));
	CHECK_INT(added, 1);
	CHECK_INT(broken, 1);
	OK(suppression_list(sc, NULL, 10, &mine, &n, &more));
	NEED(n == 1);
	sc->tenant = 2002;
	OK(suppression_list(sc, NULL, 10, &theirs, &n, &more));
	CHECK_INT((int64_t)n, 0);
	OK(suppression_import(sc, "tenant", "ann@example.org", &added, &broken));
	OK(suppression_list(sc, NULL, 10, &theirs, &n, &more));
	NEED(n == 1);
	CHECK(memcmp(mine->key_hash.data, theirs->key_hash.data, SUPPRESSION_BYTES) != 0);
	CHECK_INT(suppression_remove(sc, "tenant", "ann@example.org", ""), ERR_INPUT);
	OK(suppression_remove(sc, "tenant", "ann@example.org", "asked us to"));
	CHECK_INT(suppression_remove(sc, "tenant", "ann@example.org", "asked us to"), ERR_MISSING);
}

TEST(an_address_may_be_blocked_for_one_workspace_alone)
{
	int64_t added, broken, n;
	const char *reason;

	open_workspace(sc, kit);
	OK(suppression_import(sc, "workspace", "ann@example.org", &added, &broken));
	OK(suppression_has(sc, sc->workspace, 0, "ann@example.org", &reason));
	CHECK_TEXT(reason, "manual");
	OK(suppression_has(sc, 78, 0, "ann@example.org", &reason));
	CHECK(!reason);
	OK(suppression_count(sc, &n));
	CHECK_INT(n, 1);
	/* The company's list is another one. */
	CHECK_INT(suppression_remove(sc, "tenant", "ann@example.org", "why not"), ERR_MISSING);
	sc->workspace = 78;
	OK(suppression_count(sc, &n));
	CHECK_INT(n, 0);
	CHECK_INT(suppression_remove(sc, "workspace", "ann@example.org", "why not"), ERR_MISSING);
	sc->workspace = 77;
	OK(suppression_remove(sc, "workspace", "ann@example.org", "why not"));
	OK(suppression_has(sc, sc->workspace, 0, "ann@example.org", &reason));
	CHECK(!reason);
}

TEST(pages_of_the_list_miss_nobody_who_came_at_the_same_moment)
{
	int64_t added, broken;
	const char *more = NULL;
	struct suppression *list;
	size_t n, all = 0;

	open_workspace(sc, kit);
	OK(suppression_import(sc, NULL,
		"a@example.org,b@example.org,c@example.org,d@example.org,e@example.org", &added,
		&broken));
	do {
		OK(suppression_list(sc, more, 2, &list, &n, &more));
		all += n;
	} while (more);
	CHECK_INT(all, 5);
	CHECK_INT(suppression_list(sc, "nonsense", 2, &list, &n, &more), ERR_INPUT);
}

TEST(who_was_erased_leaves_no_name_and_does_not_come_back)
{
	struct contact_value own = { "plan", "gold" };
	struct contact_new in = {
		.email = "ann@example.org", .name = "Ann", .values = &own, .count = 1
	};
	struct contact_value *values;
	struct contact c;
	int64_t id;
	size_t n;

	open_workspace(sc, kit);
	OK(contact_add(sc, &in, &id));
	OK(contact_erase(sc, id));
	c = find(sc, id);
	CHECK_TEXT(c.state, "erased");
	CHECK_TEXT(c.email, "");
	CHECK(!c.name && !strstr(c.email_key, "ann"));
	OK(contact_values(sc, id, &values, &n));
	CHECK_INT((int64_t)n, 0);
	CHECK_INT(contact_add(sc, &in, &id), ERR_DENIED);
	CHECK_INT(contact_resume(sc, id), ERR_CONFLICT);
}

/* ---- imports ---- */

/* Text that no statement of the hub's may be. */
static enum err run_plain(struct scope *sc, void *arg)
{
	return sc->world->store->driver->exec(sc, sc->db, arg);
}

static struct import import(struct scope *sc, const char *csv)
{
	struct import im = { 0 };
	int64_t id;
	int run;

	OK(import_start(sc, "people.csv", bytes_of(csv, strlen(csv)), &id));
	OK(job_once(sc, jobs, &run));
	OK(import_find(sc, id, &im));
	return im;
}

TEST(good_rows_go_in_and_each_broken_one_is_named)
{
	struct import_error *errors;
	struct contact_filter f = { .search = "bob", .limit = 10 };
	struct contact *list;
	struct contact_value *values;
	struct import im;
	int64_t members;
	size_t n;

	open_workspace(sc, kit);
	add(sc, "old@example.org", "Old");
	im = import(sc, "E-Mail;First Name;Last Name;Company;Plan Name\n"
			"ann@example.org;Ann;Lee;Acme;gold\n"
			"nonsense;;;;\n"
			"bob@example.org;Bob;Ray;\"Ray; Sons\";silver\n"
			"\"broken\n"
			"ANN@example.org;;;;platinum\n"
			"old@example.org;;;Olds;\n"
			"jörg@example.org;Jörg;;;\n"
			"a@example.org;1;2;3;4;5\n");
	CHECK_TEXT(im.state, "done");
	CHECK_INT(im.rows, 8);
	CHECK_INT(im.added, 3);
	CHECK_INT(im.updated, 1);
	CHECK_INT(im.repeated, 1);
	CHECK_INT(im.broken, 3);
	OK(import_errors(sc, im.id, 0, 10, &errors, &n));
	NEED(n == 3);
	CHECK_INT(errors[0].line, 3);
	CHECK_TEXT(errors[0].reason, "This is no mail address");
	CHECK_INT(errors[1].line, 5);
	CHECK_INT(errors[2].line, 9);
	OK(contact_list(sc, &f, &list, &n));
	NEED(n == 1);
	CHECK_TEXT(list[0].name, "Bob Ray");
	CHECK_TEXT(list[0].company, "Ray; Sons");
	OK(contact_values(sc, list[0].id, &values, &n));
	CHECK_INT((int64_t)n, 3);
	OK(db_int(sc, &audience_test_members, BIND(V(im.id)), &members));
	CHECK_INT(members, 4);
	f = (struct contact_filter){ .search = "old@", .limit = 1, .source = im.id };
	OK(contact_list(sc, &f, &list, &n));
	NEED(n == 1);
	CHECK_TEXT(list[0].name, "Old");
	CHECK_TEXT(list[0].company, "Olds");
}

TEST(a_file_without_an_address_column_is_refused_at_once)
{
	static const char *const files[] = { "", "name,company\nAnn,Acme\n", "email,E-Mail\na,b\n",
		"\"email\nann@example.org\n" };
	int64_t id;

	open_workspace(sc, kit);
	for (size_t i = 0; i < COUNT(files); i++) {
		CHECK_INT(import_start(sc, "x.csv", bytes_of(files[i], strlen(files[i])), &id),
			ERR_INPUT);
		CHECK_TEXT(sc->field, "file");
	}
}

TEST(a_large_file_goes_in_by_chunks_and_counts_add_up)
{
	struct contact_counts counts;
	struct import im;
	struct out o;

	open_workspace(sc, kit);
	out_init(&o, sc->mem);
	out_text(&o, "email,name\n");
	for (int i = 0; i < 1100; i++)
		out_printf(&o, "p%d@example.org,\"P\n%d\"\n", i % 1000, i);
	im = import(sc, o.data);
	CHECK_TEXT(im.state, "done");
	CHECK_INT(im.rows, 1100);
	CHECK_INT(im.added + im.updated + im.repeated + im.broken, 1100);
	CHECK_INT(im.broken, 1100); /* names are one line */
	out_cut(&o, 0);
	out_text(&o, "email,name\n");
	for (int i = 0; i < 1100; i++)
		out_printf(&o, "p%d@example.org,P %d\n", i % 1000, i);
	im = import(sc, o.data);
	CHECK_INT(im.added, 1000);
	CHECK_INT(im.repeated, 100);
	CHECK_INT(im.offset_bytes, im.size_bytes);
	OK(contact_count(sc, &counts));
	CHECK_INT(counts.active, 1000);
}

/* Whoever moves an import loses its job, as if the lease had run out behind the first chunk. */
static void lose_leases(struct scope *sc, bool on)
{
	static char lose[] = "CREATE TRIGGER lost AFTER UPDATE OF offset_bytes ON import "
			     "BEGIN UPDATE job SET owner = 'another'; END",
		    keep[] = "DROP TRIGGER lost";

	OK(db_write(sc, run_plain, on ? lose : keep));
}

TEST(an_import_that_lost_its_job_between_two_chunks_goes_on_where_it_stood)
{
	struct import im;
	struct out o;
	int64_t id;
	int run;

	if (kit_on_postgres())
		return;
	open_workspace(sc, kit);
	out_init(&o, sc->mem);
	out_text(&o, "email\n");
	for (int i = 0; i < 600; i++)
		out_printf(&o, "p%d@example.org\n", i);
	OK(import_start(sc, "people.csv", bytes_of(o.data, o.len), &id));
	lose_leases(sc, true);
	OK(job_once(sc, jobs, &run));
	OK(import_find(sc, id, &im));
	CHECK_TEXT(im.state, "running");
	CHECK(im.rows > 0 && im.rows < 600);
	CHECK_INT(im.added, im.rows);
	lose_leases(sc, false);
	kit->real_ms += MINUTE_MS;
	OK(job_once(sc, jobs, &run));
	OK(import_find(sc, id, &im));
	CHECK_TEXT(im.state, "done");
	CHECK_INT(im.added, 600);
	CHECK_INT(im.repeated, 0);
}

TEST(an_import_does_not_bring_back_who_was_erased)
{
	struct import_error *errors;
	struct import im;
	size_t n;

	open_workspace(sc, kit);
	OK(contact_erase(sc, add(sc, "ann@example.org", "Ann")));
	im = import(sc, "email\nann@example.org\nbob@example.org\n");
	CHECK_INT(im.added, 1);
	CHECK_INT(im.broken, 1);
	OK(import_errors(sc, im.id, 0, 10, &errors, &n));
	NEED(n == 1);
	CHECK_TEXT(errors[0].reason, "This person asked to be forgotten");
}

TEST(a_file_is_kept_sealed_and_the_same_bytes_are_one_object)
{
	struct bytes data = bytes_of("email\nann@example.org\n", 22), back;
	int64_t one, two;
	struct object o;

	open_workspace(sc, kit);
	OK(object_put(sc, "import", "text/csv", data, &one));
	OK(object_put(sc, "import", "text/csv", data, &two));
	CHECK_INT(one, two);
	OK(object_find(sc, one, &o));
	OK(object_read(sc, &o, &back));
	CHECK(back.len == data.len && memcmp(back.data, data.data, data.len) == 0);
	sc->tenant = 2002;
	CHECK_INT(object_find(sc, one, &o), ERR_MISSING);
}
