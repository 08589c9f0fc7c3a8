/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the door does with good and bad input, on routes of this test's own. */
#include "web_kit.h"

#include <string.h>

#include "base/id.h"
#include "guard/host.h"
#include "text/json.h"

struct all_in {
	const char *text, *lines, *email, *word;
	int64_t n, id;
	bool yes;
	struct ids ids;
	struct upload file;
};
FORM(all_form, struct all_in, 0, FIELD(struct all_in, text, FIELD_TEXT, 2, 5, true, NULL, "Text"),
	FIELD(struct all_in, lines, FIELD_LINES, 0, 100, false, NULL, "Lines"),
	FIELD(struct all_in, email, FIELD_EMAIL, 3, 254, false, NULL, "Mail"),
	FIELD(struct all_in, word, FIELD_CHOICE, 0, 0, false, "red green", "Word"),
	FIELD(struct all_in, n, FIELD_INT, 1, 9, false, NULL, "Number"),
	FIELD(struct all_in, id, FIELD_ID, 0, 0, false, "cmp", "Id"),
	FIELD(struct all_in, yes, FIELD_BOOL, 0, 1, false, NULL, "Yes"),
	FIELD(struct all_in, ids, FIELD_IDS, 0, 3, false, "cmp", "Ids"));

struct file_in {
	struct upload file;
};
FORM(file_form, struct file_in, 4 * 1024 * 1024,
	FIELD(struct file_in, file, FIELD_FILE, 0, 3 * 1024 * 1024, true, NULL, "File"));

static enum err echo(struct scope *sc, struct request *q, const void *input)
{
	const struct all_in *in = input;
	struct out *o = reply_open(sc);

	json_add_text(o, "text", in->text);
	json_add_text(o, "lines", in->lines);
	json_add_text(o, "word", in->word);
	json_add_int(o, "n", in->n);
	json_add_bool(o, "yes", in->yes);
	json_add_int(o, "ids", (int64_t)in->ids.count);
	return reply_close(sc, q, 200, o);
}

/* As many rows as n says; the page is full at two. */
static enum err list(struct scope *sc, struct request *q, const void *input)
{
	const struct all_in *in = input;
	struct out *o = reply_open_list(sc);

	for (int64_t i = 0; i < in->n; i++)
		json_put_int(o, i);
	return reply_close_list(sc, q, o, in->n == 2 ? "1" : NULL);
}

static enum err add(struct scope *sc, struct request *q, const void *input)
{
	return reply_added(sc, q, "cmp", 77);
}

static enum err size_of_file(struct scope *sc, struct request *q, const void *input)
{
	const struct file_in *in = input;
	struct out o;

	out_init(&o, sc->mem);
	out_printf(&o, "%s %zu", in->file.name, in->file.data.len);
	reply_json(sc, q, 200, &o);
	return ERR_NONE;
}

static enum err show_id(struct scope *sc, struct request *q, const void *input)
{
	struct out o;

	(void)input;
	out_init(&o, sc->mem);
	out_int(&o, request_id(q, "cmp"));
	reply_json(sc, q, 200, &o);
	return ERR_NONE;
}

static enum err show_rest(struct scope *sc, struct request *q, const void *input)
{
	struct out o;

	(void)input;
	out_init(&o, sc->mem);
	out_text(&o, request_rest(q));
	reply_json(sc, q, 200, &o);
	return ERR_NONE;
}

static enum err away(struct scope *sc, struct request *q, const void *input)
{
	(void)q, (void)input;
	return fail(sc, ERR_AWAY, "the database is away");
}

static enum err form_page(struct scope *sc, struct request *q, const void *input)
{
	struct out o;

	(void)input;
	out_init(&o, sc->mem);
	out_printf(&o, "FORM csrf=%s value=%s error=%s", request_csrf(q),
		form_value(q, "text") ? form_value(q, "text") : "-",
		form_error(q, "text") ? form_error(q, "text") : "-");
	reply_page(sc, q, &(struct page){ .title = "Form", .body = &o });
	return ERR_NONE;
}

static enum err form_post(struct scope *sc, struct request *q, const void *input)
{
	(void)input;
	reply_go(sc, q, "/open", "It is done.", NULL);
	return ERR_NONE;
}

static const struct route test_routes[] = {
	{ "GET", "/open", NEED_NOBODY, DOOR_OPEN, NULL, form_page, "Form" },
	{ "POST", "/open", NEED_NOBODY, DOOR_OPEN, &all_form, form_post, "Form" },
	{ "GET", "/page", NEED_VIEW, DOOR_PAGE, NULL, form_page, "Page" },
	{ "POST", "/page", NEED_VIEW, DOOR_PAGE, &all_form, form_post, "Page" },
	{ "GET", "/api/v1/echo", NEED_VIEW, DOOR_API, &all_form, echo, "Echo" },
	{ "POST", "/api/v1/echo", NEED_VIEW, DOOR_API, &all_form, echo, "Echo" },
	{ "GET", "/api/v1/list", NEED_VIEW, DOOR_API, &all_form, list, "List" },
	{ "POST", "/api/v1/list", NEED_VIEW, DOOR_API, NULL, add, "Add" },
	{ "POST", "/api/v1/file", NEED_VIEW, DOOR_API, &file_form, size_of_file, "File" },
	{ "GET", "/api/v1/things/:cmp", NEED_VIEW, DOOR_API, NULL, show_id, "Thing" },
	{ "GET", "/api/v1/away", NEED_VIEW, DOOR_API, NULL, away, "Away" },
	{ "GET", "/api/v1/staff", NEED_STAFF, DOOR_API, NULL, away, "Staff" },
	{ "GET", "/t/*", NEED_NOBODY, DOOR_TRACK, NULL, show_rest, "Track" },
	{ 0 },
};

static struct web_kit *with_key(struct scope *sc, struct kit *kit)
{
	struct web_kit *w = web_kit_start(sc, kit, test_routes);
	int64_t account = web_kit_account(w, "a@example.com", "owner");

	w->key = web_kit_key(w, account, "view");
	w->type = "application/json";
	return w;
}

static const char *field_of(struct web_kit *w, const struct reply *r)
{
	const struct json *j;
	struct scope *sc = w->sc;

	OK(json_parse(sc, bytes_of(r->body, strlen(r->body)), 10000, &j));
	return json_text(j, "field");
}

TEST(every_field_outside_its_limits_is_named)
{
	static const struct {
		const char *body, *field;
	} bad[] = {
		{ "{}", "text" },
		{ "{\"text\":\"a\"}", "text" },
		{ "{\"text\":\"abcdef\"}", "text" },
		{ "{\"text\":5}", "text" },
		{ "{\"text\":\"a\\nb\"}", "text" },
		{ "{\"text\":\"ok\",\"email\":\"nobody\"}", "email" },
		{ "{\"text\":\"ok\",\"word\":\"blue\"}", "word" },
		{ "{\"text\":\"ok\",\"n\":10}", "n" },
		{ "{\"text\":\"ok\",\"n\":\"5\"}", "n" },
		{ "{\"text\":\"ok\",\"n\":1.5}", "n" },
		{ "{\"text\":\"ok\",\"id\":\"con_0000000000001\"}", "id" },
		{ "{\"text\":\"ok\",\"yes\":\"on\"}", "yes" },
		{ "{\"text\":\"ok\",\"ids\":\"cmp_0000000000001\"}", "ids" },
		{ "{\"text\":\"ok\",\"other\":1}", "other" },
	};
	struct web_kit *w = with_key(sc, kit);

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct reply r = web_kit_do(w, "POST", "/api/v1/echo", bad[i].body);

		CHECK_INT(r.status, 422);
		CHECK_TEXT(field_of(w, &r), bad[i].field);
	}
	web_kit_stop(w);
}

TEST(good_input_arrives_typed_from_json_and_from_a_query)
{
	struct web_kit *w = with_key(sc, kit);
	struct reply r = web_kit_do(w, "POST", "/api/v1/echo",
		"{\"text\":\" okay \",\"lines\":\"a\\r\\nb\",\"word\":\"red\",\"n\":9,\"yes\":true,"
		"\"ids\":[\"cmp_0000000000001\",\"cmp_0000000000002\"]}");

	CHECK_INT(r.status, 200);
	CHECK_TEXT(r.body, "{\"text\":\"okay\",\"lines\":\"a\\nb\",\"word\":\"red\",\"n\":9,"
			   "\"yes\":true,\"ids\":2}");
	r = web_kit_do(w, "GET", "/api/v1/echo?text=ok%20a&n=3&yes=on", NULL);
	CHECK_INT(r.status, 200);
	CHECK_TEXT(r.body, "{\"text\":\"ok a\",\"lines\":null,\"word\":null,\"n\":3,\"yes\":true,"
			   "\"ids\":0}");
	web_kit_stop(w);
}

TEST(a_list_ends_with_where_its_next_page_begins)
{
	struct web_kit *w = with_key(sc, kit);
	struct reply r = web_kit_do(w, "GET", "/api/v1/list?text=ab&n=2", NULL);

	CHECK_INT(r.status, 200);
	CHECK_TEXT(r.body, "{\"list\":[0,1],\"after\":\"1\"}");
	r = web_kit_do(w, "GET", "/api/v1/list?text=ab", NULL);
	CHECK_TEXT(r.body, "{\"list\":[],\"after\":null}");
	r = web_kit_do(w, "POST", "/api/v1/list", "{}");
	CHECK_INT(r.status, 201);
	CHECK_TEXT(r.body, arena_printf(sc->mem, "{\"id\":\"%s\"}", id_format(sc->mem, "cmp", 77)));
	web_kit_stop(w);
}

TEST(what_is_no_json_answers_400_and_changes_nothing)
{
	static const char *const bad[] = { "{", "[]", "\xff", "{\"text\":\"ok\",\"text\":\"ok\"}",
		"{\"text\":\"\\u0000\"}", "nonsense" };
	struct web_kit *w = with_key(sc, kit);

	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK_INT(web_kit_do(w, "POST", "/api/v1/echo", bad[i]).status, 400);
	w->type = "text/plain";
	CHECK_INT(web_kit_do(w, "POST", "/api/v1/echo", "text=ok").status, 400);
	w->type = "multipart/form-data; boundary=x";
	CHECK_INT(web_kit_do(w, "POST", "/api/v1/echo", "--x\r\nnonsense").status, 400);
	w->type = NULL;
	CHECK_INT(web_kit_do(w, "POST", "/api/v1/echo", "text=%zz").status, 400);
	web_kit_stop(w);
}

TEST(unknown_paths_methods_and_sizes_are_told_apart)
{
	struct web_kit *w = with_key(sc, kit);
	char *big = arena_alloc(sc->mem, 70 * 1024);
	struct reply r;

	memset(big, 'a', 70 * 1024 - 1);
	CHECK_INT(web_kit_do(w, "GET", "/api/v1/nothing", NULL).status, 404);
	CHECK_INT(web_kit_do(w, "GET", "/api/v1/echo/", NULL).status, 404);
	CHECK_INT(web_kit_do(w, "GET", "//", NULL).status, 404);
	CHECK_INT(web_kit_do(w, "GET", "/%00", NULL).status, 404);
	CHECK_INT(web_kit_do(w, "GET", "/%zz", NULL).status, 404);
	r = web_kit_do(w, "DELETE", "/api/v1/echo", NULL);
	CHECK_INT(r.status, 405);
	CHECK_TEXT(reply_head(w, &r, "Allow"), "GET, POST");
	CHECK_INT(web_kit_do(w, "POST", "/api/v1/echo", big).status, 413);
	w->header = "Transfer-Encoding: chunked";
	CHECK_INT(web_kit_do(w, "POST", "/api/v1/echo", big).status, 413);
	w->header = NULL;
	CHECK_INT(web_kit_do(w, "POST", "/api/v1/nothing", big).status, 404);
	web_kit_stop(w);
}

TEST(ids_in_paths_are_read_or_answer_404)
{
	struct web_kit *w = with_key(sc, kit);
	struct reply r = web_kit_do(w, "GET",
		arena_printf(sc->mem, "/api/v1/things/%s", id_format(sc->mem, "cmp", 77)), NULL);

	CHECK_INT(r.status, 200);
	CHECK_TEXT(r.body, "77");
	r = web_kit_do(w, "GET",
		arena_printf(sc->mem, "/api/v1/things/%s", id_format(sc->mem, "con", 77)), NULL);
	CHECK_INT(r.status, 404);
	CHECK_INT(web_kit_do(w, "GET", "/api/v1/things/77", NULL).status, 404);
	web_kit_stop(w);
}

TEST(a_database_that_is_away_answers_503_with_retry_after)
{
	struct web_kit *w = with_key(sc, kit);
	struct reply r = web_kit_do(w, "GET", "/api/v1/away", NULL);

	CHECK_INT(r.status, 503);
	CHECK(reply_head(w, &r, "Retry-After") != NULL);
	CHECK(strstr(r.body, "the database is away") == NULL);
	web_kit_stop(w);
}

TEST(strangers_are_sent_to_sign_in_and_keys_are_no_staff)
{
	struct web_kit *w = with_key(sc, kit);
	struct reply r;

	CHECK_INT(web_kit_do(w, "GET", "/api/v1/staff", NULL).status, 403);
	w->key = "pmk_wrong";
	CHECK_INT(web_kit_do(w, "GET", "/api/v1/echo?text=ok", NULL).status, 401);
	w->key = NULL;
	CHECK_INT(web_kit_do(w, "GET", "/api/v1/echo?text=ok", NULL).status, 401);
	r = web_kit_do(w, "GET", "/page?a=b", NULL);
	CHECK_INT(r.status, 303);
	CHECK_TEXT(r.location, "/sign-in?next=%2Fpage%3Fa%3Db");
	web_kit_stop(w);
}

TEST(unsafe_requests_of_a_session_need_its_csrf_token)
{
	struct web_kit *w = with_key(sc, kit);
	const char *csrf;

	web_kit_signin(w, "a@example.com");
	csrf = w->csrf;
	w->type = NULL;
	CHECK_INT(web_kit_do(w, "POST", "/page", "text=abc").status, 303);
	w->csrf = NULL;
	CHECK_INT(web_kit_do(w, "POST", "/page", "text=abc").status, 403);
	CHECK_INT(web_kit_do(w, "POST", "/page", "text=abc&csrf=wrong").status, 403);
	CHECK_INT(web_kit_do(w, "POST", "/page", arena_printf(sc->mem, "text=abc&csrf=%s", csrf))
			  .status,
		303);
	/* The API takes it from the header alone. */
	CHECK_INT(web_kit_do(w, "POST", "/api/v1/echo",
			  arena_printf(sc->mem, "text=abc&csrf=%s", csrf))
			  .status,
		403);
	w->csrf = csrf;
	CHECK_INT(web_kit_do(w, "POST", "/api/v1/echo", "text=abc").status, 200);
	web_kit_stop(w);
}

TEST(open_forms_are_held_by_a_cookie_that_is_sent_twice)
{
	struct web_kit *w = web_kit_start(sc, kit, test_routes);
	struct reply r;
	const char *csrf;

	w->jar = arena_printf(sc->mem, "%s/open", kit_folder(sc));
	r = web_kit_do(w, "GET", "/open", NULL);
	csrf = strstr(r.body, "FORM csrf=");
	NEED(csrf != NULL);
	csrf = arena_copy(sc->mem, csrf + 10, strcspn(csrf + 10, " "));
	CHECK_INT(web_kit_do(w, "POST", "/open", "text=abc").status, 403);
	r = web_kit_do(w, "POST", "/open", arena_printf(sc->mem, "text=abc&csrf=%s", csrf));
	CHECK_INT(r.status, 303);
	r = web_kit_do(w, "GET", r.location, NULL);
	CHECK(strstr(r.body, "It is done.") != NULL);
	r = web_kit_do(w, "GET", "/open", NULL);
	CHECK(strstr(r.body, "It is done.") == NULL);
	web_kit_stop(w);
}

TEST(a_refused_form_is_drawn_again_with_what_was_typed)
{
	struct web_kit *w = with_key(sc, kit);
	struct reply r;

	web_kit_signin(w, "a@example.com");
	w->type = NULL;
	r = web_kit_do(w, "POST", "/page", "text=%3Clong%3E");
	CHECK_INT(r.status, 422);
	CHECK(strstr(r.body, "value=<long>") != NULL);
	CHECK(strstr(r.body, "error=This may have at most 5") != NULL);
	web_kit_stop(w);
}

TEST(a_file_comes_in_the_smallest_coding_that_the_browser_takes)
{
	static const struct {
		const char *accepts, *coding;
	} cases[] = {
		{ "Accept-Encoding: gzip, deflate, br", "br" },
		{ "Accept-Encoding: gzip", "gzip" },
		{ "Accept-Encoding: identity", NULL },
	};
	struct web_kit *w = web_kit_start(sc, kit, test_routes);

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *coding;
		struct reply r;

		w->header = cases[i].accepts;
		r = web_kit_do(w, "GET", "/assets/app.css", NULL);
		CHECK_INT(r.status, 200);
		coding = reply_head(w, &r, "Content-Encoding");
		if (cases[i].coding)
			CHECK_TEXT(coding, cases[i].coding);
		else
			CHECK(!coding);
	}
	CHECK_INT(web_kit_do(w, "GET", "/assets/app.css.br", NULL).status, 404);
	web_kit_stop(w);
}

TEST(hosts_serve_what_they_are_for)
{
	struct web_kit *w = with_key(sc, kit);
	struct reply r;

	r = web_kit_do(w, "GET", arena_printf(sc->mem, "%s/t/a%%2Fb/c", w->link), NULL);
	CHECK_INT(r.status, 200);
	CHECK_TEXT(r.body, "a/b/c");
	CHECK_INT(
		web_kit_do(w, "GET", arena_printf(sc->mem, "%s/open", w->link), NULL).status, 404);
	CHECK_INT(web_kit_do(w, "GET", "/t/abc", NULL).status, 404);
	w->header = "Host: evil.example";
	CHECK_INT(web_kit_do(w, "GET", "/open", NULL).status, 421);
	CHECK_INT(web_kit_do(w, "GET", "/healthz", NULL).status, 200);
	CHECK_INT(web_kit_do(w, "GET", "/readyz", NULL).status, 200);
	web_kit_stop(w);
}

TEST(answers_carry_the_headers_of_a_careful_server)
{
	struct web_kit *w = with_key(sc, kit);
	struct reply r = web_kit_do(w, "GET", "/open", NULL);

	CHECK(strstr(reply_head(w, &r, "Content-Security-Policy"), "default-src 'self'") != NULL);
	CHECK(strstr(reply_head(w, &r, "Content-Security-Policy"), "frame-ancestors 'none'") !=
		NULL);
	CHECK_TEXT(reply_head(w, &r, "X-Content-Type-Options"), "nosniff");
	CHECK_TEXT(reply_head(w, &r, "Cache-Control"), "no-store");
	CHECK(str_starts(reply_head(w, &r, "X-Request-Id"), "req_"));
	CHECK(strstr(reply_head(w, &r, "Set-Cookie"), "HttpOnly; SameSite=Lax") != NULL);
	web_kit_stop(w);
}

TEST(uploads_come_whole_from_memory_and_from_disk)
{
	struct web_kit *w = with_key(sc, kit);
	static const size_t sizes[] = { 10, 300 * 1024, 3 * 1024 * 1024 + 1 };
	static const int status[] = { 200, 200, 422 };

	w->type = "multipart/form-data; boundary=cut";
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct out o;
		struct reply r;
		char *data = arena_alloc(sc->mem, sizes[i]);

		memset(data, 'x', sizes[i]);
		out_init(&o, sc->mem);
		out_text(&o, "--cut\r\nContent-Disposition: form-data; name=\"file\"; "
			     "filename=\"C:\\x\\a.csv\"\r\nContent-Type: text/csv\r\n\r\n");
		out_bytes(&o, data, sizes[i]);
		out_text(&o, "\r\n--cut--\r\n");
		r = web_kit_do(w, "POST", "/api/v1/file", o.data);
		CHECK_INT(r.status, status[i]);
		if (r.status == 200)
			CHECK_TEXT(r.body, arena_printf(sc->mem, "a.csv %zu", sizes[i]));
	}
	CHECK_INT(web_kit_do(w, "POST", "/api/v1/file", "--cut--\r\n").status, 422);
	CHECK_INT(web_kit_do(w, "POST", "/api/v1/file", "--cut\r\n").status, 400);
	CHECK_INT(web_kit_do(w, "POST", "/api/v1/file",
			  "--cut\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nno "
			  "file\r\n--cut--\r\n")
			  .status,
		422);
	web_kit_stop(w);
}
