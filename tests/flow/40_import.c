/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Files of contacts: good rows go in, broken ones are named. */
#include "flow.h"

#include "base/out.h"

static const struct json *import_of(struct scope *sc, struct company *c, const char *id)
{
	const struct json *answer = NULL;

	OK(client_do(sc, &c->api, "GET", arena_printf(sc->mem, "/api/v1/imports/%s", id), NULL,
		&answer));
	return answer;
}

TEST(broken_rows_are_reported_by_line_and_good_ones_go_in)
{
	struct company *c = flow_company(sc);
	const char *id = NULL;
	const struct json *import, *errors, *first;

	OK(company_import(sc, c,
		CSV("Email;First Name;City\n"
		    "rows1@inbox.test;One;Bergen\n"
		    "no address here;Two;Cork\n"
		    "rows3@inbox.test;\"Th;ree\";Delft\n"
		    "ROWS1@Inbox.test;Again;Faro\n"
		    "\"rows5@inbox.test;unclosed\n"),
		&id));
	import = import_of(sc, c, id);
	CHECK_INT(json_int(import, "added", -1), 2);
	CHECK_INT(json_int(import, "repeated", -1), 1);
	CHECK_INT(json_int(import, "broken", -1), 2);
	OK(client_do(sc, &c->api, "GET", arena_printf(sc->mem, "/api/v1/imports/%s/errors", id),
		NULL, &errors));
	first = json_get(errors, "list") ? json_get(errors, "list")->first : NULL;
	CHECK_INT(json_int(first, "line", 0), 3);
	CHECK(strlen(json_text(first, "reason") ? json_text(first, "reason") : "") > 5);
}

TEST(a_file_without_an_address_column_is_refused_whole)
{
	struct company *c = flow_company(sc);
	const struct json *answer;

	CHECK(client_upload(sc, &c->api, "/api/v1/imports", "file", "x.csv",
		      CSV("name,city\nOne,Bergen\n"), &answer) != ERR_NONE);
	CHECK(strstr(sc->why, "answered 422") != NULL);
	CHECK(client_upload(sc, &c->api, "/api/v1/imports", "file", "x.csv", bytes_of("", 0),
		      &answer) != ERR_NONE);
	CHECK(strstr(sc->why, "answered 422") != NULL);
}

TEST(an_import_that_a_killed_hub_left_is_finished_by_the_next)
{
	struct company *c = flow_company(sc);
	const struct json *answer;
	const char *id;
	struct out o;

	out_init(&o, sc->mem);
	out_text(&o, "email,name\n");
	for (int i = 0; i < 20000; i++)
		out_printf(&o, "many%d@inbox.test,Person %d\n", i, i);
	OK(client_upload(sc, &c->api, "/api/v1/imports", "file", "many.csv",
		bytes_of(o.data, o.len), &answer));
	id = json_text(answer, "id");
	lab_kill_part(c->lab, &c->lab->hub);
	OK(hub_start(sc, c->lab));
	NEED(WAIT_FOR(str_eq(json_text(import_of(sc, c, id), "state"), "done"), 60000));
	CHECK_INT(json_int(import_of(sc, c, id), "rows", -1), 20000);
	CHECK_INT(lab_number(sc, c->lab,
			  "SELECT count(*) FROM contact WHERE email LIKE 'many%@inbox.test'"),
		20000);
}
